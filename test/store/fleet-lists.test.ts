/** Lists of members and of devices to repair, with names and times that are not plain; tested with every store. */
import t, { type Test } from 'tap';
import type { Member } from '../../src/core/fleet/member.ts';
import { everyRow } from '../../src/store/every-page.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory, HOUR, T0 } from '../given.ts';
import { Random } from '../simulation/random.ts';
import { stores } from './stores.ts';
import { callHome, commit, observation } from './written.ts';

const seed = Number(process.env['SEED'] ?? 72298);

/** Whole words, so that a text is found in them by its case alone. */
const NAMES = [
  'Größe-1',
  'GRÖSSE-2',
  'ÉTAGE-3',
  'étage-4',
  'Ночь-5',
  'НОЧЬ-6',
  'İstanbul-7',
  'SW-Plain-8',
  'sw-Ö-9',
  'Å',
  'Ω-ohm',
];
const TEXTS = [
  'größe',
  'GRÖ',
  'étage',
  'É',
  'ночь',
  'Ночь',
  'i̇stanbul',
  'İ',
  'sw-',
  'SW-ö',
  'å',
  'Å',
  'ω',
  'plain',
  'K',
  '1',
];

for (const [name, open] of Object.entries(stores)) {
  t.test(`${name}.members() finds a text in any case of any letter`, async (t) => {
    const store = await open(t);
    for (const device of NAMES) await commit(store, observation(device, 0, callHome, { peer: null }));
    for (const q of TEXTS) {
      const wanted = NAMES.filter((device) => device.toLowerCase().includes(q.toLowerCase()));
      const found = await everyRow((after) => store.members({ q, after, limit: 2 }));
      t.strictSame(found.map(({ key }) => key).sort(), wanted.sort(), q);
      t.equal((await store.facets({ q })).total, wanted.length, `facets of ${q}`);
    }
    t.ok(TEXTS.some((q) => NAMES.some((device) => device.toLowerCase().includes(q.toLowerCase()))));
  });
}

/** A store whose members are as this function says. */
async function storeWith(
  t: Test,
  open: (typeof stores)[string],
  change: (member: Member) => Partial<Member>,
): Promise<Store> {
  const projection = projectionOf(advisory);
  const memberOf: typeof projection.memberOf = (device) => {
    const member = projection.memberOf(device);
    return { ...member, ...change(member) };
  };
  return open(t, undefined, { ...projection, memberOf });
}

for (const [engine, open] of Object.entries(stores)) {
  t.test(`${engine}.urgent() gives each device once, whatever the times are`, async (t) => {
    t.comment(`seed ${seed}`);
    const random = new Random(seed);
    const times = [null, null, 0, -1, 0.25, T0, T0 + 0.001, T0 + 0.5, 1e21, 1e-7, -3.5, Number.MAX_SAFE_INTEGER];
    const facts = new Map<string, { urgency: number | null; urgentUntil: number | null }>();
    const store = await storeWith(t, open, ({ key }) => facts.get(key) ?? {});
    for (let at = 0; at < 60; at++) {
      const key = random.pick(['sw', 'sw 1', '1 2 sw', '"', 'null', '[1,2]']) + at;
      facts.set(key, { urgency: random.pick([null, 0, 1, 10, 100]), urgentUntil: random.pick(times) });
      await commit(store, observation(key, 0, callHome, { peer: null }));
    }
    const order = ([a, left]: [string, never], [b, right]: [string, never]) => {
      const [l, r] = [left, right] as { urgency: number; urgentUntil: number | null }[];
      const until = (at?: number | null) => at ?? -Number.MAX_VALUE;
      return (l?.urgency ?? 0) - (r?.urgency ?? 0) || until(l?.urgentUntil) - until(r?.urgentUntil) || (a < b ? -1 : 1);
    };
    const wanted = ([...facts] as [string, never][]).filter(([, { urgency }]) => urgency !== null).sort(order);
    for (const limit of [1, 2, 7, 100])
      t.strictSame(
        await everyRow((after) => store.urgent({ after, limit })),
        wanted.map(([key]) => key),
        `by ${limit}`,
      );
    t.equal((await store.urgent({ after: 'no position', limit: 100 })).rows.length, wanted.length);
  });

  t.test(`${engine}.members() gives each device once by the time of its last line, whatever that is`, async (t) => {
    const random = new Random(seed);
    const heard = new Map<string, number | null>();
    const store = await storeWith(t, open, ({ key }) => ({ heardAt: heard.get(key) ?? null }));
    for (let at = 0; at < 40; at++) {
      heard.set(`1 2 sw${at}`, random.pick([null, T0, T0 + HOUR, T0 + 0.5, 1e-7, -2.5]));
      await commit(store, observation(`1 2 sw${at}`, 0, callHome, { peer: null }));
    }
    for (const sort of ['heardAt', '-heardAt'] as const) {
      const sign = sort === 'heardAt' ? 1 : -1;
      const wanted = [...heard]
        .sort(([a, left], [b, right]) => sign * ((left ?? 0) - (right ?? 0) || (a < b ? -1 : 1)))
        .map(([key]) => key);
      for (const limit of [1, 3, 100]) {
        const rows = await everyRow((after) => store.members({ sort, after, limit }));
        t.strictSame(
          rows.map(({ key }) => key),
          wanted,
          `${sort} by ${limit}`,
        );
      }
    }
  });
}
