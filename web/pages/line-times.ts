import { h } from 'preact';
import type { Evidence } from '../../src/serve/schemas.ts';
import { Time } from '../ui/parts.ts';
import { words } from '../words/timeline.ts';

type Props = {
  readonly line: Pick<Evidence, 'receivedAt' | 'timeUsed' | 'stampRejected' | 'stamp' | 'sender' | 'transport'>;
};

/** When a line was received, what the device says, which of its times is used and why, and who sent it. */
export function LineTimes({ line: { receivedAt, timeUsed, stampRejected, stamp, sender, transport } }: Props) {
  return h(
    'p',
    { class: 'dim' },
    words.received,
    ' ',
    h(Time, { at: receivedAt }),
    ` · ${words.timeUsed[timeUsed]}`,
    stamp !== null && timeUsed !== 'stamp' && [` · ${words.stamp} `, h(Time, { at: stamp, mayCome: true })],
    stampRejected !== null && ` · ${words.stampRejected(stampRejected)}`,
    sender !== null && ` · ${words.from} ${sender} (${transport})`,
  );
}
