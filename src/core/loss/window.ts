/**
 * Which of the last 64 numbers up to `head` have come: bit 0 of `low` is `head` itself, bit 0 of `high` 32 before it.
 * Two integers, because shifting them allocates nothing.
 */
export type Window = { head: number; low: number; high: number };

export const WINDOW = 64;

/** Moves on to a number that is `step` ahead, which has come. */
export function shift(window: Window, number: number, step: number): void {
  if (step < 32) {
    window.high = (window.high << step) | (window.low >>> (32 - step));
    window.low = (window.low << step) | 1;
  } else if (step < WINDOW) {
    window.high = step === 32 ? window.low : window.low << (step - 32);
    window.low = 1;
  } else {
    window.high = 0;
    window.low = 1;
  }
  window.head = number;
}

/** Whether the number `back` before the head has come; 0 to 63. */
export function isSet(window: Window, back: number): boolean {
  return ((back < 32 ? window.low >>> back : window.high >>> (back - 32)) & 1) === 1;
}

export function mark(window: Window, back: number): void {
  if (back < 32) window.low |= 1 << back;
  else window.high |= 1 << (back - 32);
}

/**
 * Where numbers begin again. 2^32 and 2^31: the ends of a counter of 32 bits, with and without its sign. 10^6: of a field
 * of six digits, though Cisco's sequence number was seen to grow beyond them. All are assumed; as a wrap counts only a
 * step from just before the end to just behind the beginning, so a wrong one costs 64 numbers at most.
 */
const ENDS = [2 ** 32, 2 ** 31, 1_000_000];

/** How far `number` is ahead of `head` (negative: behind), across a wrap where it is one. */
export function distance(head: number, number: number): number {
  const step = number - head;
  if (step > -WINDOW && step <= WINDOW) return step;
  for (const end of ENDS) {
    if (head >= end || number >= end) continue;
    const wrapped = step < 0 ? step + end : step - end;
    if (wrapped > -WINDOW && wrapped <= WINDOW) return wrapped;
  }
  return step;
}
