/** The life of one incident, and its announcements. */
import type { Filter } from '../../../src/core/announce/filter.ts';
import { type Announcement, announce, type Route } from '../../../src/core/announce/notice.ts';
import { advanceTime, applyAction, correlate } from '../../../src/core/correlate/correlate.ts';
import { enrol } from '../../../src/core/correlate/enrol.ts';
import { closedBy } from '../../../src/core/correlate/operator-action.ts';
import { advisory, event, HOUR, observed, T0 } from '../../given.ts';

export const nothing: Filter = { states: [], severities: [], plants: [] };
export const route = (sink: string, only: Partial<Filter> = {}): Route => ({
  sink,
  only: { ...nothing, ...only },
  wants: () => true,
});
export const callHome = { mnemonic: 'SL_MESSAGE_FAILED', family: 'call-home', weight: 2, cause: 'transport' } as const;
export const revocation = { mnemonic: 'CRL_FETCH_FAIL', family: 'revocation', weight: 2, cause: 'network' } as const;
export const restored = { mnemonic: 'COMM_RESTORED', kind: 'recovery', family: null, cause: null, weight: 0 } as const;

export const said = (hours: number, over: Parameters<typeof observed>[1] = {}) =>
  event(observed(T0 + hours * HOUR, over), { origin: 'sw-a', peer: '192.0.2.7' });

/** All announcements of the life, with the sinks that get them. */
export function life(routes: readonly Route[]): (Announcement & { readonly sinks: readonly string[] })[] {
  const announced: (Announcement & { sinks: readonly string[] })[] = [];
  let known = { devices: new Map(), aliases: new Map() } as Parameters<typeof correlate>[0];
  const take = (folded: ReturnType<typeof correlate>, notes: Parameters<typeof announce>[0]['notes'] = []) => {
    known = {
      devices: new Map([...known.devices, ...folded.devices]),
      aliases: new Map([...known.aliases, ...folded.aliases]),
    };
    const drafts = announce({ ...folded, devices: known.devices.values(), notes }, routes, advisory);
    announced.push(...drafts.map(({ announcement, sinks }) => ({ ...announcement, sinks })));
  };
  const columns = ['hostname', 'plant'] as const;
  const row = { hostname: 'sw-a', plant: 'P1', address: null, serial: null, pid: null, release: null, licensing: null };
  take(enrol(known, [{ row, columns: [...columns] }], advisory));
  take(correlate(known, [said(0, callHome), said(1)], advisory));
  take(correlate(known, [said(2, revocation)], advisory));
  const acknowledged = {
    device: 'sw-a',
    ordinal: 1,
    at: T0 + 3 * HOUR,
    by: 'kim',
    kind: 'acknowledged',
    text: 'on it',
    disposition: null,
  } as const;
  take({ ...correlate(known, [], advisory) }, [acknowledged]);
  take(correlate(known, [said(4, restored)], advisory));
  take(advanceTime(known.devices.values(), () => T0 + 6 * HOUR, advisory));
  take(correlate(known, [said(7, callHome), said(7.5)], advisory));
  const disposition = { hypothesis: 'interception', text: 'a proxy', diagnosis: 'trust', release: '17.3.3' } as const;
  const closed = {
    device: 'sw-a',
    ordinal: 1,
    at: T0 + 8 * HOUR,
    by: 'kim',
    kind: 'closed',
    text: 'scrapped',
  } as const;
  const note = { ...closed, disposition };
  take(applyAction(known, 'sw-a', closedBy(T0 + 8 * HOUR, 'kim', 'scrapped'), advisory), [note]);
  return announced;
}
