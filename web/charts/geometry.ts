/** Where the marks of a chart stand. Shares are in percent of the drawing, so that it has any width without being measured. */

/** The part of the drawing that has the values; scales stand beside it. */
const [TOP, HEIGHT] = [8, 76];
/** The line of the labels below. */
export const BELOW = 97;

export const percent = (share: number): string => `${Math.round(share * 100) / 100}%`;

/** The first of 1, 2, 5, 10, 20, … of which four reach `most`; whole numbers, as devices are counted. */
function stepFor(most: number): number {
  for (let ten = 1; ; ten *= 10) for (const step of [ten, 2 * ten, 5 * ten]) if (step * 4 >= most) return step;
}

/** The values of the lines across, from 0 to at least `most`: two to five of them. */
export function ticksFor(most: number): readonly number[] {
  const step = stepFor(Math.max(1, most));
  return Array.from({ length: Math.ceil(Math.max(1, most) / step) + 1 }, (_, index) => index * step);
}

/** Where a value stands, from above. `top`: the last tick. */
export const levelOf = (value: number, top: number): number => TOP + HEIGHT * (1 - value / top);

/** The box of a line whose path has days from the left and `top - value` from above. */
export const plotBox = (days: number, top: number) => ({
  ...{ x: '0%', y: percent(TOP), width: '100%', height: percent(HEIGHT) },
  ...{ viewBox: `0 0 ${Math.max(1, days)} ${top}`, preserveAspectRatio: 'none' },
});

export type Point = { readonly day: number; readonly value: number };

export const pathOf = (points: readonly Point[], top: number): string =>
  points.map(({ day, value }, index) => `${index === 0 ? 'M' : 'L'}${day} ${top - value}`).join('');

/** Where a pace leads from a point, until nothing is left or the drawing ends. `perDay`: negative where it grows. */
export function paceLine({ day, value }: Point, perDay: number, end: number, top: number): readonly Point[] {
  const days = end - day;
  const until =
    perDay > 0 ? Math.min(days, value / perDay) : perDay < 0 ? Math.min(days, (value - top) / perDay) : days;
  return [
    { day, value },
    { day: day + until, value: value - perDay * until },
  ];
}

/** Days to come that are drawn beside so many days. */
export const aheadOf = (days: number): number => Math.min(120, Math.max(7, Math.round(days / 3)));
