/** What may happen to a fleet of twelve devices, at random. */
import { applyAction } from '../../src/core/correlate/correlate.ts';
import { enrol } from '../../src/core/correlate/enrol.ts';
import { inventoryChanges } from '../../src/core/correlate/inventory-changes.ts';
import { closedBy } from '../../src/core/correlate/operator-action.ts';
import { nameHash } from '../../src/core/decode/name-hash.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { advisory, HOUR, T0 } from '../given.ts';
import type { Random } from '../simulation/random.ts';
import { isOpenState } from './incident-recount.ts';
import { commitObservations, noRows, writeBatch } from './stores.ts';
import { callHome, imported, noteOf, observation, restored, rowOf } from './written.ts';

const said = [callHome, {}, { family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL' }, restored, imported];
const plants = ['North', 'South', 'Hall 1, "left"', null];

/** One thing that happens to a fleet, at a random time. */
export async function happen(store: Store, random: Random, step: number): Promise<void> {
  const number = random.below(12);
  const [device, peer] = [`sw-${number}`, `192.0.2.${20 + number}`];
  const now = T0 + step * HOUR;
  const about = { names: [device], keys: [device], newDevices: 1 };
  if (step % 10 === 0) {
    const from = now - (step % 4) * HOUR;
    await store.gaps.add([{ peer, name: nameHash(device), from, to: now, lost: 1 + (step % 9), atMost: false }]);
  }
  const what = random.below(10);
  if (what < 6) {
    const lines = Array.from({ length: 1 + random.below(3) }, () =>
      observation(device, step, random.pick(said), { peer }),
    );
    await commitObservations(store, lines, { now });
    return;
  }
  if (what < 8) {
    const row = { ...rowOf(device).row, plant: random.pick(plants), pid: random.pick(['IE-3300-8T2S', null]) };
    const rows = [{ row, columns: ['hostname', 'plant', 'pid'] as const }];
    await store.commit(about, (known) => {
      const { devices, changes, past, evidence, merges, aliases } = enrol(known, rows, advisory);
      const inventory = inventoryChanges(known.devices, devices.values(), now);
      return { ...noRows, devices: [...devices.values()], changes, past, evidence, merges, aliases, inventory, now };
    });
    return;
  }
  const [incident] = (await store.incidents({ device, limit: 1, sort: '-openedAt' })).rows;
  if (incident === undefined) return;
  const ordinal = Number(incident.id.split('-').at(-1));
  if (what === 8 && isOpenState(incident.state) && random.below(3) === 0) {
    await store.commit(about, (known) => {
      const folded = applyAction(known, device, closedBy(now, 'kim', 'gone'), advisory);
      return { ...noRows, ...folded, devices: [...folded.devices.values()], now };
    });
    return;
  }
  const kind = random.pick(['acknowledged', 'unacknowledged', 'note'] as const);
  await writeBatch(store, { ...noRows, devices: [], notes: [noteOf(device, ordinal, { kind, at: now })], now });
}
