import t from 'tap';
import { correlate } from '../../../src/core/correlate/correlate.ts';
import { enrol } from '../../../src/core/correlate/enrol.ts';
import { dispositionOf } from '../../../src/core/diagnose/disposition.ts';
import { type IncidentRecord, incidentRecord } from '../../../src/core/diagnose/incident-record.ts';
import type { Device } from '../../../src/core/model/device.ts';
import { advisory, event, HOUR, observed, T0 } from '../../given.ts';

const none = { address: null, serial: null, pid: null, plant: null, licensing: null };

/** A device with an open incident, its first. `release`: of the inventory. */
function failing(release: string | null): Device {
  const listed = { row: { ...none, hostname: 'sw-a', release }, columns: ['hostname', 'release'] as const };
  const known = enrol({ devices: new Map(), aliases: new Map() }, [listed], advisory);
  const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' };
  const signals = [observed(T0, callHome), observed(T0 + HOUR)];
  const observations = signals.map((signal) => event(signal, { origin: 'sw-a' }));
  return correlate(known, observations, advisory).devices.get('sw-a') as Device;
}

t.test('dispositionOf() adds the diagnosis of the incident and the release of its device', async (t) => {
  const device = failing('17.3.3');
  const now = incidentRecord(device, advisory) as IncidentRecord;
  const before: IncidentRecord = { ...now, diagnosis: 'dns' };
  const rows = [
    ['the incident of the device, as it is now', before, device, now.diagnosis, '17.3.3'],
    ['a past incident, as it was stored', { ...before, id: 'qv-sw-a-9' }, device, 'dns', '17.3.3'],
    ['no release is known', now, failing(null), now.diagnosis, null],
    ['the device has another key by now', before, undefined, 'dns', null],
  ] as const;
  t.not(now.diagnosis, 'dns');
  const stated = { hypothesis: 'interception', text: 'the proxy opens TLS' } as const;
  for (const [why, record, of, diagnosis, release] of rows) {
    t.strictSame(dispositionOf(stated, record, of, advisory), { ...stated, diagnosis, release }, why);
  }
});
