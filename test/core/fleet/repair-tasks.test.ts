import t from 'tap';
import { toldOf } from '../../../src/core/announce/told.ts';
import { correlate } from '../../../src/core/correlate/correlate.ts';
import { enrol } from '../../../src/core/correlate/enrol.ts';
import { explain } from '../../../src/core/diagnose/explain.ts';
import { type IncidentRecord, incidentRecord } from '../../../src/core/diagnose/incident-record.ts';
import { inUrgency, type RepairTask, taskOf } from '../../../src/core/fleet/repair-tasks.ts';
import type { Device } from '../../../src/core/model/device.ts';
import type { DeviceState, SignalEvent } from '../../../src/core/model/device-state.ts';
import type { HypothesisName } from '../../../src/core/model/hypothesis.ts';
import type { Licensing } from '../../../src/core/model/inventory.ts';
import { advisory, event, HOUR, observed, T0 } from '../../given.ts';
import {
  after,
  callHome,
  clockSet,
  clockUnset,
  comm,
  devices,
  expired,
  imported,
  notYetValid,
  restored,
  type Story,
} from '../signals.ts';

const failing: readonly Partial<SignalEvent>[] = [callHome, {}];

function device(lines: readonly Partial<SignalEvent>[], licensing: Licensing | null = null): Device {
  const none = { address: null, serial: null, pid: null, release: null, plant: null };
  const row = { row: { ...none, hostname: 'sw-a', licensing }, columns: ['hostname', 'licensing'] as const };
  const known = enrol({ devices: new Map(), aliases: new Map() }, [row], advisory);
  const observations = lines.map((over, n) => event(observed(T0 + n * HOUR, over), { origin: 'sw-a' }));
  return correlate(known, observations, advisory).devices.get('sw-a') as Device;
}

t.test('taskOf() gives no task for a device that works, recovers, or needs no connection', async (t) => {
  const rows = [
    ['a failing device', device(failing), 'suspected'],
    ['one failing family alone', device([callHome]), null],
    ['a recovering device', device([...failing, restored]), null],
    ['offline licensing', device(failing, 'PLR'), null],
    [
      'only the name service fails',
      device([
        { weight: 0, cause: 'dns' },
        { weight: 0, cause: 'dns' },
      ]),
      null,
    ],
  ] as const;
  for (const [why, device, state] of rows) t.equal(taskOf(device, T0 + 3 * HOUR, advisory)?.state ?? null, state, why);
});

t.test('taskOf() gives a repair only where trust leads, else what to check', async (t) => {
  const of = (state: DeviceState, diagnosis: HypothesisName | null = null) =>
    taskOf({ ...device([]), state }, T0 + 3 * HOUR, advisory, diagnosis);
  const story: Story = [
    [0, callHome],
    [1, comm],
  ];
  const [affected, fixed] = [after(story, devices.affected), after(story, devices.fixed)];
  t.match(of(affected), { diagnosis: 'trust', fixedIn: '17.6.1', commands: advisory.remediation.script });
  t.match(of(after(story)), { diagnosis: 'trust', fixedIn: null, commands: advisory.remediation.script });
  t.strictSame(of(fixed)?.commands, [], 'a fixed release has the root');
  t.match(of(fixed), {
    diagnosis: 'interception',
    fixedIn: null,
    checks: [/opens TLS/, /trustpool/, /no last success known: collect "show license status"/],
  });
  t.strictSame(of(affected, 'network')?.commands, [], 'the fleet shows another reason');
  t.match(of(affected, 'network'), { diagnosis: 'network', fixedIn: null, checks: [/port 443/, /links/] });
});

t.test('taskOf() tells the last failure, and of a device whose clock was set that it failed until then', async (t) => {
  const of = (story: Story) => taskOf({ ...device([]), state: after(story) }, T0 + 9 * HOUR, advisory);
  const failed: Story = [
    [0, clockUnset],
    [1, callHome],
    [2, comm],
  ];
  const time = (hours: number) => new Date(T0 + hours * HOUR).toISOString();
  t.match(of(failed), { diagnosis: 'clock', lastFailureAt: time(2), checks: [/time source/] });
  const isSet = 'licensing works now: the device failed until its clock was set (2022-02-05 09:00 UTC)';
  const set = of([...failed, [3, clockSet], [4, imported]]);
  t.match(set, { diagnosis: 'clock', lastFailureAt: time(2), commands: [] });
  t.strictSame(set?.checks, [isSet]);
  t.match(of([...failed, [3, clockSet], [4, callHome]]), { diagnosis: null, lastFailureAt: time(4), checks: [] });
  t.match(of([...failed, [3, clockSet], [4, clockUnset]]), { diagnosis: 'clock', checks: [/time source/] });
  t.match(of([...failed, [3, clockSet], [4, notYetValid]]), { diagnosis: 'clock', checks: [/time source/] });
});

t.test('record, explanation, task and texts say alike that no hypothesis leads', async (t) => {
  const unclear = {
    ...device(failing),
    heard: null,
    state: after([
      [0, comm],
      [1, expired],
    ]),
  };
  const at = T0 + 2 * HOUR;
  const record = incidentRecord(unclear, advisory) as IncidentRecord;
  t.match(record, { state: 'suspected', diagnosis: null });
  t.match(explain(unclear, at, advisory), { diagnosis: null, next: { upgradeTo: null, commands: [], checks: [] } });
  t.match(taskOf(unclear, at, advisory), { diagnosis: null, fixedIn: null, commands: [], checks: [] });
  t.match(toldOf(unclear, record, null, advisory), { diagnosis: null, fleetDiagnosis: null, checks: [] });
});

t.test(
  'inUrgency() sorts repairs before checks, by severity, then by whether a repair was seen, then by the end of the grace',
  async (t) => {
    const task = (name: string, over: Partial<RepairTask>) => ({
      ...(taskOf(device(failing), T0, advisory) as RepairTask),
      device: name,
      ...over,
    });
    const [may, june] = ['2022-05-01T00:00:00.000Z', '2022-06-01T00:00:00.000Z'];
    const inOrder = [
      task('critical', { severity: 'critical', remediation: 'seen' }),
      task('major', { severity: 'major', graceUntilAtMost: june }),
      task('in-may', { severity: 'warning', graceUntil: may, graceUntilAtMost: null }),
      task('in-june-at-most', { severity: 'warning', graceUntil: null, graceUntilAtMost: june }),
      task('same-1', { severity: 'warning', graceUntil: null, graceUntilAtMost: null }),
      task('same-2', { severity: 'warning', graceUntil: null, graceUntilAtMost: null }),
      task('touched', { severity: 'warning', remediation: 'seen', graceUntil: may }),
      task('check', { severity: 'critical', commands: [] }),
    ];
    t.strictSame(
      inOrder
        .toReversed()
        .sort(inUrgency)
        .map(({ device }) => device),
      inOrder.map(({ device }) => device),
    );
  },
);
