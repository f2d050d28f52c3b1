/** Every table of a store is bounded, and the oldest rows are deleted first. */

import t from 'tap';
import type { DeviceChange } from '../../src/core/correlate/correlated.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { T0 } from '../given.ts';
import { noRows, stores, writeBatch } from './stores.ts';

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

const unparsedOf = (number: number) => ({
  ...{ receivedAt: T0, device: 'sw-a', facility: 'PKI', mnemonic: 'NEW', why: 'unknown-mnemonic', raw: `${number}` },
});
const changeOf = (number: number) =>
  ({
    ...{ type: 'IncidentAmended', device: 'sw-a', ordinal: 1, at: T0 + number, receivedAt: T0 },
    ...{ from: 'suspected', to: 'suspected', severity: 'warning', reason: 'score-reached' },
  }) as DeviceChange;
const nameOf = (number: number) => [`name-${number}`, 'sw-a'] as const;

const writeRows = (store: Store, rows: object) => writeBatch(store, { ...noRows, devices: [], now: T0, ...rows });

for (const [name, open] of Object.entries(stores)) {
  // From one row per commit to more rows in one commit than the bound.
  for (const size of [1, 3, 25]) {
    const parts = range(0, 25 / size).map((part) => range(part * size, Math.min(25, (part + 1) * size)));
    const written = parts.flat().length;
    const last = (count: number) => range(written - count, written);

    t.test(`${name}.commit() keeps the last unparsed lines, changes and names: ${size} a commit`, async (t) => {
      const store = await open(t, { unparsedRows: 10, transitionRows: 11, aliases: 12 });
      for (const part of parts)
        await writeRows(store, {
          unparsed: part.map(unparsedOf),
          changes: part.map(changeOf),
          aliases: new Map(part.map(nameOf)),
        });
      const { rows } = await store.unparsed({ limit: 99 });
      t.strictSame(rows, last(10).reverse().map(unparsedOf));
      t.strictSame(
        (await store.transitions('sw-a', 1)).map(({ at }) => at - T0),
        last(11),
      );
      t.strictSame(
        await store.namesOf('sw-a'),
        last(12).map((number) => `name-${number}`),
      );
      t.strictSame(
        [...(await store.aliases(range(0, written).map((number) => `name-${number}`))).keys()],
        last(12).map((number) => `name-${number}`),
      );
    });
  }

  t.test(`${name}.commit() does not count the names of deleted devices`, async (t) => {
    const store = await open(t, { aliases: 4 });
    await writeRows(store, { aliases: new Map([nameOf(0)]) });
    for (let other = 0; other < 9; other++) {
      await writeRows(store, { aliases: new Map([[`other-${other}`, 'sw-other']]) });
      await store.forget(['sw-other'], T0);
    }
    for (const number of [1, 2, 3]) await writeRows(store, { aliases: new Map([nameOf(number)]) });
    t.strictSame(await store.namesOf('sw-a'), ['name-0', 'name-1', 'name-2', 'name-3']);
    await writeRows(store, { aliases: new Map([nameOf(4)]) });
    t.strictSame(
      await store.namesOf('sw-a'),
      ['name-1', 'name-2', 'name-3', 'name-4'],
      'beyond the bound the oldest name is deleted',
    );
  });

  t.test(`${name}.commit() deletes no name for a name that is learnt again`, async (t) => {
    const store = await open(t, { aliases: 4 });
    for (const number of [0, 1, 2]) await writeRows(store, { aliases: new Map([nameOf(number)]) });
    for (let again = 0; again < 9; again++) await writeRows(store, { aliases: new Map([['name-2', `sw-${again}`]]) });
    await writeRows(store, { aliases: new Map([nameOf(3)]) });
    t.strictSame(
      [...(await store.aliases(['name-0', 'name-1', 'name-2', 'name-3'])).values()],
      [...['sw-a', 'sw-a', 'sw-8', 'sw-a']],
    );
  });
}
