const HOUR_MS = 3_600_000;
/** In CSS pixels: the way of each hour, and how far it leads. */
const STEP = 2;
const STEPS = 8;

/** Where the page stands in an hour, right and down of its first place: round a square, by one step each hour. */
export function placeAt(ms: number): readonly [x: number, y: number] {
  const step = Math.floor(ms / HOUR_MS) % (4 * STEPS);
  const onSide = step % STEPS;
  const side = Math.floor(step / STEPS);
  const [x, y] = (
    [
      [onSide, 0],
      [STEPS, onSide],
      [STEPS - onSide, STEPS],
      [0, STEPS - onSide],
    ] as const
  )[side] ?? [0, 0];
  return [x * STEP, y * STEP];
}
