/** The lost lines of sources that several instances receive from. */
import { NO_NAME } from '../core/decode/name-hash.ts';
import { LossLedger } from '../core/loss/ledger.ts';
import { type Feed, joinReceivers, type ReceiverLoss } from '../core/loss/receivers.ts';
import type { Loss } from '../core/loss/source.ts';
import type { LossQuestion } from '../receive/threads/protocol.ts';
import type { Receivers } from '../store/ports/loss-sources.ts';
import type { AskLosses } from './device-loss.ts';

/** `ask`: what the instance `own` knows itself; without it all is as the instances have told it. */
type Parts = {
  readonly receivers: Receivers;
  readonly feed: () => Feed;
  readonly own?: { readonly instance: string; readonly ask: AskLosses };
};

/** Answers for all instances: the other ones have told what they knew half a minute ago at most. */
export function lossesOfReceivers({ receivers, feed, own }: Parts): AskLosses {
  const joined = async (question: LossQuestion, mine: Loss | undefined): Promise<Loss | null> => {
    const { peer, name, since } = question;
    const told = await receivers.told(peer ?? '', name ?? NO_NAME);
    const losses: ReceiverLoss[] = told
      .filter(({ receiver }) => own === undefined || receiver !== own.instance)
      .map(({ row, ...told }) => {
        const ledger = new LossLedger();
        ledger.restore([row]);
        return { ...told, loss: ledger.lossOf(peer, name, since) };
      });
    if (mine !== undefined && own !== undefined) losses.unshift({ receiver: own.instance, loss: mine });
    return losses.length === 0 ? null : joinReceivers(losses, feed());
  };
  return async (questions) => {
    const mine = (await own?.ask(questions)) ?? [];
    const answers = await Promise.all(questions.map((question, index) => joined(question, mine[index])));
    return answers.filter((loss) => loss !== null);
  };
}
