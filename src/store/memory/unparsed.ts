import { page } from '../page.ts';
import type { Unparsed } from '../ports/batch.ts';
import type { Page, UnparsedFilter, UnparsedGroup, UnparsedQuery } from '../ports/queries.ts';
import { compare } from './ordered.ts';

/** Tracked lines that the grammar could not read. */
export class MemoryUnparsed {
  readonly #most: number;
  readonly #rows: Unparsed[] = [];
  /** How many rows were evicted: the number of a row, which is its position, is its index plus this. */
  #evicted = 0;

  /** `most`: how many rows there may be. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The latest first. `plantOf`: the plant of a device. */
  list({ after, limit, ...filter }: UnparsedQuery, plantOf: PlantOf): Page<Unparsed> {
    const numbered = this.#rows.map((row, index) => ({ row, number: this.#evicted + index })).reverse();
    const older = numbered
      .filter(({ number }) => after === undefined || number < Number(after))
      .filter(({ row }) => fits(row, filter, plantOf));
    const { rows, next } = page(older, limit, ({ number }) => `${number}`);
    return { rows: rows.map(({ row }) => row), next };
  }

  /** The most frequent first. */
  groups(filter: UnparsedFilter, plantOf: PlantOf): UnparsedGroup[] {
    const found = this.#rows.filter((row) => fits(row, filter, plantOf));
    return [...Map.groupBy(found, nameOf).values()]
      .map((rows) => {
        const { facility, mnemonic, why, receivedAt: lastAt, raw } = rows.at(-1) as Unparsed;
        const devices = new Set(rows.flatMap(({ device }) => device ?? [])).size;
        return { facility, mnemonic, why, count: rows.length, devices, lastAt, raw };
      })
      .sort((a, b) => b.count - a.count || compare(nameOf(a), nameOf(b)));
  }

  /** Beyond the limit the oldest rows are deleted. */
  write(rows: readonly Unparsed[]): void {
    for (const row of rows) this.#rows.push(row);
    this.#evicted += this.#rows.splice(0, this.#rows.length - this.#most).length;
  }
}

type PlantOf = (device: string) => string | null;

function fits(row: Unparsed, filter: UnparsedFilter, plantOf: PlantOf): boolean {
  const { device, plants, facilities, mnemonics, whys, from, to } = filter;
  const { receivedAt } = row;
  return (
    (device ?? row.device) === row.device &&
    (plants === undefined || (row.device !== null && plants.includes(plantOf(row.device) ?? ''))) &&
    (facilities?.includes(row.facility) ?? true) &&
    (mnemonics?.includes(row.mnemonic) ?? true) &&
    (whys?.includes(row.why) ?? true) &&
    (from ?? receivedAt) <= receivedAt &&
    (to === undefined || receivedAt < to)
  );
}

function nameOf({ facility, mnemonic, why }: Pick<Unparsed, 'facility' | 'mnemonic' | 'why'>): string {
  return [facility, mnemonic, why].join('\0');
}
