import { useEffect } from 'preact/hooks';
import { now } from '../time.ts';
import { placeAt } from './wall-place.ts';

/** No line of a wall stands at the same place for days: a screen would keep its shade. */
export function WallShift() {
  const [x, y] = placeAt(now.value);
  useEffect(() => {
    const { style } = document.documentElement;
    style.setProperty('--right', `${x}px`);
    style.setProperty('--down', `${y}px`);
  }, [x, y]);
  return null;
}
