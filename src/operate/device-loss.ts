/** The lost lines of a device. The receiving threads of a running service know them, or the rows that these stored at the last stop. */

import type { Advisory } from '../core/advisory/advisory.ts';
import { NO_NAME, nameHash } from '../core/decode/name-hash.ts';
import { type Explanation, explain } from '../core/diagnose/explain.ts';
import { LossLedger } from '../core/loss/ledger.ts';
import type { Loss } from '../core/loss/source.ts';
import { lossText, noRecoveryText } from '../core/loss/wording.ts';
import type { Device } from '../core/model/device.ts';
import type { HypothesisName } from '../core/model/hypothesis.ts';
import { isOpen } from '../core/model/incident.ts';
import { toIso } from '../core/model/instant.ts';
import type { LossQuestion } from '../receive/threads/protocol.ts';
import type { LossSourceStore } from '../store/ports/loss-sources.ts';
import type { Store } from '../store/ports/store.ts';

/** May return fewer answers than questions. */
export type AskLosses = (questions: readonly LossQuestion[]) => Promise<readonly Loss[]>;

export class DeviceLoss {
  readonly #store: Pick<Store, 'namesOf'>;
  readonly #ask: AskLosses;

  constructor(store: Pick<Store, 'namesOf'>, ask: AskLosses) {
    this.#store = store;
    this.#ask = ask;
  }

  /**
   * The loss of the lines from the device's address with one of its names, or with no name. `since`: from this time on
   * (milliseconds since 1970); null for all lines. Null for a device without an address: the device is only in the inventory,
   * or its lines are from a file.
   */
  async of({ key, peer }: Pick<Device, 'key' | 'peer'>, since: number | null): Promise<Loss | null> {
    if (peer === null) return null;
    const names = new Set([key, ...(await this.#store.namesOf(key))]);
    const hashes = [...names].filter((name) => !name.startsWith('sn:')).map(nameHash);
    const losses = await this.#ask([...hashes, null].map((name) => ({ peer, name, since })));
    return losses.reduce<Loss | null>(better, null);
  }
}

/**
 * Answers from the ledger that the service stored at its last orderly stop, and leaves the rows in the store. While the
 * service runs, and after it was killed, no rows are stored.
 */
export function storedLosses(sources: Pick<LossSourceStore, 'find'>): AskLosses {
  return async (questions) => {
    const ledger = new LossLedger();
    const rows = await Promise.all(questions.map(({ peer, name }) => sources.find(peer ?? '', name ?? NO_NAME)));
    ledger.restore(rows.filter((row) => row !== null));
    // A sender of only a few lines is not stored. "None arrived" would be wrong for it, so there is no answer.
    return questions
      .map(({ peer, name, since }) => ledger.lossOf(peer, name, since))
      .filter(({ why }) => why !== 'unseen');
  };
}

/** As `explain()`. For an incident that waits for a recovery, a hint says whether the recovery may be lost. */
export async function explainWithLoss(
  device: Device,
  at: number,
  advisory: Advisory,
  losses: DeviceLoss,
  fleetDiagnosis: HypothesisName | null,
): Promise<Explanation> {
  const explanation = explain(device, at, advisory, fleetDiagnosis);
  const { incident, lastFailureAt } = device.state;
  if (!isOpen(incident) || incident.phase.state === 'recovering') return explanation;
  const loss = await losses.of(device, lastFailureAt ?? incident.lastEvidenceAt);
  return loss === null ? explanation : { ...explanation, hints: [...explanation.hints, noRecoveryText(loss)] };
}

/** As the API and `explain --json` show it; `completeness` in percent. */
export function shownLoss(loss: Loss) {
  const { completeness, received, lost, atMost, since, basis, drops, lastSeenAt } = loss;
  return {
    // Rounded down to a hundredth: 100 means that no line is missing.
    completeness: completeness === null ? null : Math.floor(completeness * 10_000) / 100,
    received,
    lost,
    atMost,
    since: toIso(since),
    basis,
    dropped: drops.queue_full + drops.oversize + drops.rate_limited,
    lastHeardAt: toIso(lastSeenAt),
    text: lossText(loss),
  };
}

/** Prefers a reliable answer, then the answer of the source that sent a line last. */
function better(best: Loss | null, loss: Loss): Loss {
  if (best === null || best.reliable !== loss.reliable) return best?.reliable === true ? best : loss;
  return (loss.lastSeenAt ?? -1) > (best.lastSeenAt ?? -1) ? loss : best;
}
