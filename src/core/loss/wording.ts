/** What the ledger knows of a device, in words for the explanation of an incident. */
import { toIso } from '../model/instant.ts';
import type { Loss } from './source.ts';

/** `12 lines of this device were lost since 2022-02-05T06:00:00.000Z (completeness 98.4 %)`. */
export function lossText(loss: Loss): string {
  const { lost, since, completeness, atMost } = loss;
  if (lost === null) return `whether lines of this device were lost is not known: ${why(loss)}`;
  const from = `since ${toIso(since)}`;
  if (completeness === null) return `no line of this device has come ${from}`;
  if (lost === 0) return `no line of this device was lost ${from} (completeness 100 %)`;
  const bound = atMost ? ['at most ', 'at least '] : ['', ''];
  return `${bound[0]}${lines(lost)} of this device ${lost === 1 ? 'was' : 'were'} lost ${from} (completeness ${bound[1]}${percent(completeness)})`;
}

/** For an incident in which no recovery was seen. `but`: the absence may be ours, and not the device's. */
export function noRecoveryText(loss: Loss): string {
  const here = loss.drops.queue_full;
  const dropped = here === 0 ? '' : `; ${lines(here)} from its address ${here === 1 ? 'was' : 'were'} dropped here`;
  const joint = loss.completeness === null ? ';' : loss.lost === 0 ? ', and' : ', but';
  return `no evidence of recovery${joint} ${lossText(loss)}${dropped}`;
}

function why({ why }: Loss): string {
  switch (why) {
    case 'unseen':
      return 'none has come';
    case 'no-numbers':
      return 'its lines carry no numbers';
    case 'too-few':
      return 'too few of its lines carried numbers so far';
    case 'interleaved':
      return 'the numbers in its lines contradict each other, as those of several senders under one name do';
    case 'stride':
      return 'its numbers rise in equal steps of more than one, as of a sender that counts lines to other receivers, too';
    default:
      return 'its numbers tell nothing';
  }
}

function lines(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}

/** Down to a tenth, so that only what is complete reads so. */
function percent(ratio: number): string {
  const tenths = Math.floor(ratio * 1000 + 1e-9);
  return tenths >= 1000 ? '99.9 %' : `${tenths % 10 === 0 ? tenths / 10 : (tenths / 10).toFixed(1)} %`;
}
