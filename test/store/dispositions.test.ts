/** The contract of dispositions: which of them count, and what becomes of them. Tested with every store. */

import t from 'tap';
import type { Disposition } from '../../src/core/model/disposition.ts';
import { limits } from '../../src/core/model/limits.ts';
import type { Note } from '../../src/store/ports/batch.ts';
import type { DispositionQuery } from '../../src/store/ports/queries.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { HOUR, T0 } from '../given.ts';
import { noRows, stores, writeBatch } from './stores.ts';
import { callHome, commit, imported, noteOf, observation, restored } from './written.ts';

function said(hypothesis: Disposition['hypothesis'], over: Partial<Disposition> = {}): Disposition {
  return { hypothesis, text: 'I looked', diagnosis: 'trust', release: '17.3.3', ...over };
}

function write(store: Store, ...notes: readonly Note[]) {
  return writeBatch(store, { ...noRows, devices: [], now: T0, notes });
}

/** Each count as `DIAGNOSIS is HYPOTHESIS on RELEASE: COUNT`, sorted. */
async function countsIn(store: Store, query: DispositionQuery = {}): Promise<string[]> {
  const counts = await store.dispositions(query);
  return counts
    .map(({ diagnosis, hypothesis, release, count }) => `${diagnosis} is ${hypothesis} on ${release}: ${count}`)
    .sort();
}

for (const [name, open] of Object.entries(stores)) {
  t.test(`${name}.dispositions() counts the last disposition of each incident`, async (t) => {
    const store = await open(t);
    t.same(await countsIn(store), []);
    await write(
      store,
      noteOf('sw-a', 1, { disposition: said('dns') }),
      noteOf('sw-a', 1, { disposition: said('interception') }),
      noteOf('sw-a', 1),
      noteOf('sw-a', 2, { disposition: said('trust') }),
      noteOf('sw-b', 1, { disposition: said('trust') }),
      noteOf('sw-b', 2, { disposition: said('trust', { diagnosis: 'network' }) }),
      noteOf('sw-c', 1, { disposition: said('trust', { release: null }) }),
      noteOf('sw-d', 1, { disposition: said('trust', { release: '' }) }),
      noteOf('sw-e', 1),
    );
    t.strictSame(
      await countsIn(store),
      [
        'network is trust on 17.3.3: 1',
        'trust is interception on 17.3.3: 1',
        'trust is trust on 17.3.3: 2',
        'trust is trust on : 1',
        'trust is trust on null: 1',
      ].sort(),
    );
    await write(store, noteOf('sw-b', 1, { disposition: said('clock', { diagnosis: 'network' }) }));
    t.strictSame(
      (await countsIn(store)).filter((count) => /17\.3\.3/.test(count)),
      [
        'network is clock on 17.3.3: 1',
        'network is trust on 17.3.3: 1',
        'trust is interception on 17.3.3: 1',
        'trust is trust on 17.3.3: 1',
      ],
      'a later one replaces an earlier one, with its diagnosis',
    );
    t.strictSame(
      (await store.notes('sw-a', 1)).map(({ disposition }) => disposition),
      [said('dns'), said('interception'), null],
    );
  });

  t.test(`${name}.dispositions() leaves out incidents whose last disposition is of another time`, async (t) => {
    const store = await open(t);
    await write(
      store,
      noteOf('sw-a', 1, { at: T0, disposition: said('dns') }),
      noteOf('sw-a', 1, { at: T0 + 2 * HOUR, disposition: said('trust') }),
      noteOf('sw-b', 1, { at: T0 + HOUR, disposition: said('clock') }),
      noteOf('sw-b', 1, { at: T0 + 9 * HOUR }),
    );
    const [clock, trust] = ['trust is clock on 17.3.3: 1', 'trust is trust on 17.3.3: 1'];
    const rows: readonly (readonly [DispositionQuery, readonly string[], string])[] = [
      [{ since: T0 }, [clock, trust], 'a former disposition does not count, and a note without one is no new time'],
      [{ since: T0, until: T0 + HOUR }, [], 'until is not included'],
      [{ since: T0 + HOUR, until: T0 + 2 * HOUR }, [clock], 'since is included'],
      [{ since: T0 + 2 * HOUR }, [trust], 'without until'],
      [{ until: T0 + 2 * HOUR }, [clock], 'without since'],
      [{ since: T0 + 3 * HOUR }, [], 'later than all'],
    ];
    for (const [query, counts, why] of rows) t.strictSame(await countsIn(store, query), counts, why);
  });

  t.test(`${name}.dispositions() follows notes that move to another incident`, async (t) => {
    const store = await open(t);
    // A late failure shows that the first incident had not ended when the next one began.
    const first = [observation('sw-a', 0, callHome), observation('sw-a', 1), observation('sw-a', 1.5, imported)];
    await commit(store, ...first, observation('sw-a', 2, restored));
    await commit(store, observation('sw-a', 30, callHome), observation('sw-a', 31));
    await write(
      store,
      noteOf('sw-a', 2, { disposition: said('dns') }),
      noteOf('sw-a', 1, { disposition: said('network') }),
    );
    t.equal((await countsIn(store)).length, 2);
    await commit(store, observation('sw-a', 20, callHome), observation('sw-a', 20.1));
    t.strictSame(await countsIn(store), ['trust is network on 17.3.3: 1'], 'one incident, and what was said last');
    // The device gets its name, and its incident moves.
    await commit(
      store,
      observation(null, 0, callHome, { peer: '192.0.2.8' }),
      observation(null, 1, {}, { peer: '192.0.2.8' }),
    );
    await write(store, noteOf('192.0.2.8', 1, { disposition: said('clock') }));
    await commit(store, observation('sw-b', 2, {}, { peer: '192.0.2.8' }));
    t.strictSame(
      (await store.notes('sw-b', 1)).map(({ disposition }) => disposition?.hypothesis),
      ['clock'],
    );
    await write(store, noteOf('sw-b', 1, { disposition: said('trust') }));
    t.strictSame(await countsIn(store), ['trust is network on 17.3.3: 1', 'trust is trust on 17.3.3: 1']);
  });

  t.test(`${name}.dispositions() counts nothing of incidents that are deleted`, async (t) => {
    const store = await open(t);
    // A late success shows that there was no incident.
    await commit(store, observation('sw-a', 0, callHome), observation('sw-a', 2));
    await write(store, noteOf('sw-a', 1, { disposition: said('dns') }));
    await commit(store, observation('sw-a', 1, restored));
    t.strictSame(await countsIn(store), [], 'withdrawn');
    await commit(store, observation('sw-b', 0, callHome), observation('sw-b', 1));
    await write(store, noteOf('sw-b', 1, { disposition: said('dns') }));
    await store.forget(['sw-b'], T0);
    t.strictSame(await countsIn(store), [], 'of a forgotten device');
    const fail = (day: number) =>
      commit(
        store,
        observation('sw-c', day, callHome),
        observation('sw-c', day + 1),
        observation('sw-c', day + 2, restored),
      );
    await fail(0);
    await write(store, noteOf('sw-c', 1, { disposition: said('dns') }));
    for (let incident = 1; incident <= limits.pastIncidents; incident++) await fail(200 * incident);
    t.strictSame(await countsIn(store), ['trust is dns on 17.3.3: 1']);
    await fail(200 * (limits.pastIncidents + 1));
    t.strictSame(await countsIn(store), [], 'beyond the limit of past incidents');
  });
}
