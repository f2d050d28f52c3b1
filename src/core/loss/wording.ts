/** The loss of a device as a sentence, for the explanation of an incident. */
import { toIso } from '../model/instant.ts';
import type { Loss } from './source.ts';

/** `12 lines of this device were lost since 2022-02-05T06:00:00.000Z (completeness 98.4 %)`. */
export function lossText(loss: Loss): string {
  const { lost, since, completeness, atMost } = loss;
  if (lost === null) return `it is not known whether lines of this device were lost: ${why(loss)}`;
  const from = `since ${toIso(since)}`;
  if (completeness === null) return `no line of this device was received ${from}`;
  if (lost === 0) return `no line of this device was lost ${from} (completeness 100 %)${atReceivers(loss)}`;
  const bound = atMost ? ['at most ', 'at least '] : ['', ''];
  const verb = lost === 1 ? 'was' : 'were';
  return (
    `${bound[0]}${lines(lost)} of this device ${verb} lost ${from} ` +
    `(completeness ${bound[1]}${percent(completeness)})${atReceivers(loss)}`
  );
}

/** `: at plant-a-1 all of 1204, at plant-b-1 1187 of 1204`; nothing for one receiver. */
function atReceivers({ receivers = [] }: Loss): string {
  if (receivers.length < 2) return '';
  const each = receivers.map(
    ({ receiver, received, lost }) => `at ${receiver} ${lost === 0 ? 'all' : received} of ${received + lost}`,
  );
  return `: ${each.join(', ')}`;
}

/** For an incident without a recovery. `but`: the recovery may be in a lost line. */
export function noRecoveryText(loss: Loss): string {
  const here = loss.drops.queue_full + loss.drops.rate_limited;
  const dropped = here === 0 ? '' : `; this service dropped ${lines(here)} from the address of the device`;
  const joint = loss.completeness === null ? ';' : loss.lost === 0 ? ', and' : ', but';
  return `no evidence of recovery${joint} ${lossText(loss)}${dropped}`;
}

function why({ why }: Loss): string {
  switch (why) {
    case 'unseen':
      return 'no line was received';
    case 'no-numbers':
      return 'its lines carry no numbers';
    case 'too-few':
      return 'too few of its lines carried numbers so far';
    case 'receivers':
      return 'the numbers that its receivers have seen do not fit each other';
    case 'interleaved':
      return 'the numbers in its lines contradict each other; several senders may use one name';
    case 'stride':
      return 'its numbers rise in equal steps of more than one; the sender may also count lines to other receivers';
    default:
      return 'its numbers cannot be used';
  }
}

function lines(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}

/** Rounded down to a tenth, and below 100 %: `lossText` writes `100 %` only if no line was lost. */
function percent(ratio: number): string {
  const tenths = Math.floor(ratio * 1000 + 1e-9);
  return tenths >= 1000 ? '99.9 %' : `${tenths % 10 === 0 ? tenths / 10 : (tenths / 10).toFixed(1)} %`;
}
