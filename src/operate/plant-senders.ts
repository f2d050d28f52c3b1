import type { SenderLoss } from '../core/loss/sender-loss.ts';
import { UNKNOWN } from '../core/model/inventory.ts';
import { aliasOf } from '../core/model/names.ts';
import type { Store } from '../store/ports/store.ts';

/** `completeness`: of the lines of the senders of which some are missing, how many arrived; 1 is all. Null if none are missing. */
export type PlantSenders = { readonly senders: readonly SenderLoss[]; readonly completeness: number | null };

/** Senders that are looked at: those of which most is missing. */
const MOST = 2000;

/** The senders of a plant of which lines are missing or were dropped, those of which most is missing first. */
export async function sendersOfPlant(
  store: Pick<Store, 'aliases' | 'plantsOf'>,
  all: readonly SenderLoss[],
  plant: string,
): Promise<PlantSenders> {
  const lossy = all.toSorted((a, b) => (b.lost ?? 0) - (a.lost ?? 0) || (a.peer < b.peer ? -1 : 1)).slice(0, MOST);
  const keys = await store.aliases(lossy.map(({ peer }) => aliasOf(peer)));
  const plants = await store.plantsOf([...keys.values()].filter((key) => key !== null));
  const senders = lossy.filter(({ peer }) => {
    const key = keys.get(aliasOf(peer));
    return key != null && plants.has(key) && (plants.get(key) ?? UNKNOWN) === plant;
  });
  const [received, lost] = [sumOf(senders, ({ received }) => received), sumOf(senders, ({ lost }) => lost ?? 0)];
  return { senders, completeness: lost === 0 ? null : received / (received + lost) };
}

function sumOf(senders: readonly SenderLoss[], of: (sender: SenderLoss) => number): number {
  return senders.filter(({ lost }) => lost !== null).reduce((sum, sender) => sum + of(sender), 0);
}
