import t from 'tap';
import { newNumbers } from '../../../src/core/decode/quick-numbers.ts';
import { LossLedger } from '../../../src/core/loss/ledger.ts';
import type { Loss } from '../../../src/core/loss/source.ts';
import { noRecoveryText } from '../../../src/core/loss/wording.ts';
import { T0 } from '../../given.ts';

t.test('noRecoveryText() states the known loss, or why it is not known', async (t) => {
  const ledger = new LossLedger();
  for (const counter of [1, 2]) ledger.note('192.0.2.7', { ...newNumbers(), counter }, T0);
  const loss = ledger.lossOf('192.0.2.7', null, null);
  const queue = { queue_full: 3, oversize: 0, denied: 0, rate_limited: 0 };
  const unknown = { ...loss, reliable: false, lost: null, completeness: null };
  const rows: readonly (readonly [why: string, loss: Loss, text: string])[] = [
    [
      'complete',
      loss,
      'no evidence of recovery, and no line of this device was lost since 2022-02-05T06:00:00.000Z (completeness 100 %)',
    ],
    [
      'lossy',
      { ...loss, lost: 12, completeness: 738 / 750 },
      'no evidence of recovery, but 12 lines of this device were lost since 2022-02-05T06:00:00.000Z (completeness 98.4 %)',
    ],
    [
      'lossy, and this service dropped some of the lines',
      { ...loss, lost: 12, completeness: 738 / 750, drops: queue },
      'no evidence of recovery, but 12 lines of this device were lost since 2022-02-05T06:00:00.000Z (completeness 98.4 %); this service dropped 3 lines from the address of the device',
    ],
    [
      'nearly complete is not complete',
      { ...loss, lost: 1, completeness: 999_999 / 1_000_000 },
      'no evidence of recovery, but 1 line of this device was lost since 2022-02-05T06:00:00.000Z (completeness 99.9 %)',
    ],
    [
      'a bound',
      { ...loss, lost: 25, atMost: true, completeness: 0.75 },
      'no evidence of recovery, but at most 25 lines of this device were lost since 2022-02-05T06:00:00.000Z (completeness at least 75 %)',
    ],
    [
      'no line was received',
      { ...loss, received: 0, completeness: null },
      'no evidence of recovery; no line of this device was received since 2022-02-05T06:00:00.000Z',
    ],
    [
      'unreliable',
      { ...unknown, why: 'interleaved' },
      'no evidence of recovery; it is not known whether lines of this device were lost: the numbers in its lines contradict each other; several senders may use one name',
    ],
    [
      'a sender that counts in steps',
      { ...unknown, why: 'stride' },
      'no evidence of recovery; it is not known whether lines of this device were lost: its numbers rise in equal steps of more than one; the sender may also count lines to other receivers',
    ],
    [
      'no numbers',
      { ...unknown, why: 'no-numbers' },
      'no evidence of recovery; it is not known whether lines of this device were lost: its lines carry no numbers',
    ],
    [
      'too few',
      { ...unknown, why: 'too-few' },
      'no evidence of recovery; it is not known whether lines of this device were lost: too few of its lines carried numbers so far',
    ],
    [
      'an unknown source, and a dropped line',
      { ...unknown, why: 'unseen', drops: { ...queue, queue_full: 1 } },
      'no evidence of recovery; it is not known whether lines of this device were lost: no line was received; this service dropped 1 line from the address of the device',
    ],
  ];
  for (const [why, given, text] of rows) t.equal(noRecoveryText(given), text, why);
});
