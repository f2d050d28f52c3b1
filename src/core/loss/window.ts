/**
 * Which of the last 64 numbers up to `head` were received: bit 0 of `low` is `head` itself, bit 0 of `high` the number
 * 32 before it. Two integers, because shifting them allocates nothing.
 */
export type Window = { head: number; low: number; high: number };

export const WINDOW = 64;

/** Moves the head to a received number that is `step` ahead; `step` is 1 or more. */
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

/** Whether the number `back` before the head was received; `back` is 0 to 63. */
export function isSet(window: Window, back: number): boolean {
  return ((back < 32 ? window.low >>> back : window.high >>> (back - 32)) & 1) === 1;
}

export function mark(window: Window, back: number): void {
  if (back < 32) window.low |= 1 << back;
  else window.high |= 1 << (back - 32);
}

/**
 * The values at which numbers may wrap. 2^32 and 2^31: a counter of 32 bits, without and with a sign. 10^6: a field of
 * six digits, though Cisco's sequence number was seen to grow beyond six digits. All are assumed. Only a step from just
 * before the end to just after the beginning counts as a wrap, so a wrong value costs at most 64 numbers.
 */
const ENDS = [2 ** 32, 2 ** 31, 1_000_000];

/** How far `number` is ahead of `head` (negative: behind), across a wrap if the step is one. */
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
