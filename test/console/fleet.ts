/** A fleet whose devices all fail, for what depends on how much there is. */
import { type Failing, list } from './failing.ts';

const [PLANTS, AT_ONCE] = [12, 500];
const PRODUCTS = ['IE-3300-8T2S', 'IE-3400-8T2S', 'C9300-48P', 'ESS-3300-NCP'];
const RELEASES = ['16.12.4', '17.3.3', '17.6.1', '17.9.2'];

export const nameOf = (device: number): string => `sw-cell-${String(device).padStart(6, '0')}`;

/** Lists so many devices, from number `from` on. */
export async function listFleet({ api }: Pick<Failing, 'api'>, from: number, count: number): Promise<void> {
  const of = (values: readonly string[], device: number) => values[Math.floor(device / PLANTS) % values.length];
  for (let first = from; first < from + count; first += AT_ONCE) {
    const devices = Array.from({ length: Math.min(AT_ONCE, from + count - first) }, (_, index) => first + index);
    const rows = devices.map((device) =>
      [
        nameOf(device),
        `plant-${device % PLANTS}`,
        of(RELEASES, device),
        of(PRODUCTS, device),
        `FOC${String(device).padStart(8, '0')}`,
        `198.18.${device >> 8}.${device & 255}`,
      ].join(),
    );
    await list(api, `hostname,plant,release,pid,serial,address\n${rows.join('\n')}\n`);
  }
}
