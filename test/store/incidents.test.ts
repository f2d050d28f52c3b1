/** The contract of lists of incidents, their facets and the history of days, tested with every store. */
import t from 'tap';
import { applyAction } from '../../src/core/correlate/correlate.ts';
import { enrol } from '../../src/core/correlate/enrol.ts';
import { closedBy } from '../../src/core/correlate/operator-action.ts';
import {
  type IncidentFacet,
  type IncidentSort,
  incidentFacets,
  incidentSorts,
} from '../../src/core/fleet/incident-lists.ts';
import { limits } from '../../src/core/model/limits.ts';
import type { IncidentFilter, ListedIncident } from '../../src/store/ports/incidents.ts';
import { advisory, DAY, HOUR, T0 } from '../given.ts';
import { Random } from '../simulation/random.ts';
import { happen } from './happenings.ts';
import { allIncidents, differencesIn, isOpenState, recounted } from './incident-recount.ts';
import { commitObservations, noRows, retained, stores } from './stores.ts';
import { callHome, commit, observation, rowOf } from './written.ts';

const seed = Number(process.env['SEED'] ?? 72298);

const OF: Readonly<Record<IncidentFacet, (row: ListedIncident) => unknown>> = Object.fromEntries(
  incidentFacets.map((name) => [
    name,
    (row: ListedIncident) => (name === 'acknowledged' ? row.acknowledged !== null : row[name]),
  ]),
) as never;

/** The filter by the rows themselves. */
function meets(row: ListedIncident, filter: IncidentFilter, but: IncidentFacet | null = null): boolean {
  for (const name of incidentFacets) {
    const wanted = filter[name];
    if (wanted !== undefined && name !== but && !([wanted].flat() as unknown[]).includes(OF[name](row))) return false;
  }
  const openedAt = Date.parse(row.openedAt);
  const until = isOpenState(row.state) ? (row.graceUntil ?? row.graceUntilAtMost) : null;
  return (
    openedAt >= (filter.openedAfter ?? -Infinity) &&
    openedAt < (filter.openedBefore ?? Infinity) &&
    (row.changedAt ?? 0) >= (filter.changedAfter ?? -Infinity) &&
    (filter.graceBefore === undefined || (until !== null && Date.parse(until) < filter.graceBefore)) &&
    (filter.device === undefined || [filter.device].flat().includes(row.device))
  );
}

function randomFilter(random: Random, rows: readonly ListedIncident[]): IncidentFilter {
  const filter: Record<string, unknown> = {};
  const maybe = (chance: number) => random.below(chance) === 0;
  for (const name of incidentFacets) {
    if (!maybe(4) || rows.length === 0) continue;
    const values = [OF[name](random.pick(rows)), OF[name](random.pick(rows))];
    filter[name] = name === 'acknowledged' ? values[0] : maybe(2) ? values : values[0];
  }
  const time = () => T0 + random.below(40 * 24) * HOUR;
  for (const name of ['openedAfter', 'openedBefore', 'changedAfter']) if (maybe(6)) filter[name] = time();
  if (maybe(6)) filter['graceBefore'] = time() + 350 * DAY;
  if (maybe(6)) filter['device'] = maybe(2) ? ['sw-1', 'sw-2', 'sw-none'] : `sw-${random.below(12)}`;
  return filter;
}

/** The number of a row that a sort is about; NaN is last in both directions. */
const KEYS: Readonly<Record<string, (row: ListedIncident) => number>> = {
  openedAt: (row) => Date.parse(row.openedAt),
  changedAt: (row) => row.changedAt ?? 0,
  graceUntil: (row) => (isOpenState(row.state) ? Date.parse(row.graceUntil ?? row.graceUntilAtMost ?? '') : Number.NaN),
  severity: (row) => ['warning', 'major', 'critical'].indexOf(row.severity),
};

function isInOrder(rows: readonly ListedIncident[], sort: IncidentSort): boolean {
  const [name, sign] = sort.startsWith('-') ? [sort.slice(1), -1] : [sort, 1];
  return rows.slice(1).every((row, index) => {
    const before = rows[index] as ListedIncident;
    if (name === 'device') return before.device === row.device || before.device < row.device === (sign === 1);
    const [a, b] = [before, row].map((each) => (KEYS[name] as (row: ListedIncident) => number)(each)) as [
      number,
      number,
    ];
    return Number.isNaN(b) || (b - a) * sign >= 0;
  });
}

for (const [name, open] of Object.entries(stores)) {
  t.test(
    `${name}: lists and facets of any filter are those of all incidents, after anything that happens`,
    async (t) => {
      t.comment(`seed ${seed}`);
      const random = new Random(seed);
      const store = await open(t);
      for (let step = 0; step < 600; step++) {
        await happen(store, random, step);
        if (step % 20 !== 19) continue;
        const all = await allIncidents(store);
        const differences = await differencesIn(store);
        if (differences.length > 0) t.fail(`step ${step}: ${differences.join('; ')}`);
        for (let run = 0; run < 5; run++) {
          const filter = randomFilter(random, all);
          const sort = random.pick(incidentSorts);
          const what = `step ${step}: ${JSON.stringify(filter)} ${sort}`;
          const ids: string[] = [];
          const listed: ListedIncident[] = [];
          for (let after: string | undefined; ; ) {
            const page = await store.incidents({ ...filter, sort, after, limit: 1 + random.below(5) });
            listed.push(...page.rows);
            ids.push(...page.rows.map(({ id }) => id));
            if (page.next === null) break;
            after = page.next;
          }
          const wanted = all.filter((row) => meets(row, filter)).map(({ id }) => id);
          if (JSON.stringify([...ids].sort()) !== JSON.stringify(wanted.sort()))
            t.fail(`${what}: ${ids} instead of ${wanted}`);
          if (!isInOrder(listed, sort)) t.fail(`${what}: not in order`);
          const { total, facets } = await store.incidentFacets(filter);
          if (total !== wanted.length) t.fail(`${what}: ${total} in all, instead of ${wanted.length}`);
          for (const facet of incidentFacets) {
            const counted = recounted(all.filter((row) => meets(row, filter, facet)))[facet];
            if (JSON.stringify(facets[facet]) !== JSON.stringify(counted))
              t.fail(`${what}: ${facet} ${JSON.stringify(facets[facet])} instead of ${JSON.stringify(counted)}`);
          }
          const keys = await store.incidentKeys(filter, 1000);
          if (keys.count !== wanted.length || keys.keys?.length !== wanted.length) t.fail(`${what}: keys`);
        }
      }
      const all = await allIncidents(store);
      t.ok(all.length > 20 && new Set(all.map(({ plant }) => plant)).size === 4, 'there was something to find');
      t.ok(
        all.some(({ acknowledged }) => acknowledged !== null),
        'some are acknowledged',
      );
    },
  );

  t.test(
    `${name}.incidents() gives each row once that keeps its place, whatever changes between two pages`,
    async (t) => {
      t.comment(`seed ${seed}`);
      const random = new Random(seed);
      for (const sort of ['openedAt', '-openedAt', 'device', '-device'] as const) {
        const store = await open(t);
        for (let step = 0; step < 60; step++) await happen(store, random, step);
        const before = new Set((await allIncidents(store)).map(({ id }) => id));
        const seen: string[] = [];
        for (let after: string | undefined, step = 60; ; step++) {
          const page = await store.incidents({ sort, after, limit: 2 });
          seen.push(...page.rows.map(({ id }) => id));
          if (page.next === null) break;
          after = page.next;
          await happen(store, random, step);
        }
        t.equal(new Set(seen).size, seen.length, `${sort}: none comes twice`);
        const stays = new Set((await allIncidents(store)).map(({ id }) => id));
        const missed = [...before].filter((id) => stays.has(id) && !seen.includes(id));
        t.strictSame(missed, [], `${sort}: none is left out`);
      }
    },
  );

  t.test(`${name}: an incident that is over keeps its plant and release, an open one follows its device`, async (t) => {
    const store = await open(t);
    const list = async (device: string, plant: string, now: number) => {
      const rows = [{ row: { ...rowOf(device).row, plant }, columns: ['hostname', 'plant'] as const }];
      await store.commit({ names: [device], keys: [device], newDevices: 1 }, (known) => {
        const { devices, changes, past, evidence, merges, aliases } = enrol(known, rows, advisory);
        return { ...noRows, devices: [...devices.values()], changes, past, evidence, merges, aliases, now };
      });
    };
    await list('sw-a', 'North', T0);
    await commit(store, observation('sw-a', 1, callHome), observation('sw-a', 2));
    await list('sw-a', 'South', T0 + 3 * HOUR);
    t.match((await store.incidents({ limit: 9 })).rows, [
      { plant: 'South', changedAt: T0 + 3 * HOUR, placeAssumed: false },
    ]);
    t.strictSame((await store.incidents({ limit: 9, plant: 'North' })).rows, []);
    await store.commit({ names: [], keys: ['sw-a'], newDevices: 0 }, (known) => {
      const folded = applyAction(known, 'sw-a', closedBy(T0 + 4 * HOUR, 'kim', 'sold'), advisory);
      return { ...noRows, ...folded, devices: [...folded.devices.values()], now: T0 + 4 * HOUR };
    });
    await list('sw-a', 'West', T0 + 5 * HOUR);
    t.match((await store.incidents({ limit: 9 })).rows, [
      { plant: 'South', state: 'closed', changedAt: T0 + 4 * HOUR, placeAssumed: false },
    ]);
    t.strictSame(await differencesIn(store), []);
    const day = Math.floor(T0 / DAY);
    for (const [plant, opened, closed] of [
      [undefined, 1, 1],
      ['North', 1, 0],
      ['South', 0, 1],
      ['West', 0, 0],
    ] as const)
      t.match(
        await store.history({ plant, from: day, to: day }),
        [{ day, opened, closed, open: 0, filled: false }],
        `${plant}`,
      );
  });

  t.test(`${name}: one more message of the same kind changes no incident`, async (t) => {
    const store = await open(t);
    await commitObservations(store, [observation('sw-a', 1, callHome), observation('sw-a', 2)], { now: T0 });
    const [before] = (await store.incidents({ limit: 9 })).rows;
    await commitObservations(store, [observation('sw-a', 3)], { now: T0 + HOUR });
    const [after] = (await store.incidents({ limit: 9 })).rows;
    t.match([before?.evidence, after?.evidence], [2, 3]);
    t.match([before?.changedAt, after?.changedAt], [T0, T0]);
  });

  t.test(`${name}.incidents() finds devices by the beginning of any name, and an incident by its id`, async (t) => {
    const store = await open(t);
    const say = (device: string, names: object) =>
      commit(store, observation(device, 0, callHome, names), observation(device, 1, {}, names));
    await say('sw-press-01', { peer: '192.0.2.17', serial: 'FOC0000A1B2' });
    await say('SW-Press-02', { peer: '192.0.2.18', serial: 'FOC0000A1B3' });
    await say('sw-weld-01', { peer: '198.51.100.1' });
    const found = async (names: string[], incident: { device: string; ordinal: number } | null = null) =>
      (await store.incidents({ limit: 9, sort: 'device', about: { names, incident } })).rows.map(
        ({ device }) => device,
      );
    t.strictSame(await found(['sw-press']), ['SW-Press-02', 'sw-press-01']);
    t.strictSame(await found(['sn:foc0000a1b2']), ['sw-press-01']);
    t.strictSame(await found(['192.0.2.']), ['SW-Press-02', 'sw-press-01']);
    t.strictSame(await found(['192.0.2.', '198.51.100.1']), ['SW-Press-02', 'sw-press-01', 'sw-weld-01']);
    t.strictSame(await found(['label:']), []);
    t.strictSame(await found(['nothing'], { device: 'sw-weld-01', ordinal: 1 }), ['sw-weld-01']);
    t.strictSame(await found(['nothing'], { device: 'sw-weld-01', ordinal: 2 }), []);
    t.equal((await store.incidentFacets({ about: { names: ['sw-press'], incident: null } })).total, 2);
  });

  t.test(`${name}.history() keeps ${limits.historyDays} days, and what was open before them`, async (t) => {
    const store = await open(t);
    await commit(store, observation('sw-a', 0, callHome), observation('sw-a', 1));
    const later = (limits.historyDays + 5) * 24;
    await commit(store, observation('sw-b', later, callHome), observation('sw-b', later + 1));
    const first = Math.floor(T0 / DAY);
    t.match(await store.history({ from: first, to: first }), [{ opened: 1 }], 'the clock of retention decides');
    await retained(store, T0 + later * HOUR, limits.historyDays * DAY);
    const days = await store.history({ from: first, to: first + limits.historyDays + 5 });
    t.match(days[0], { opened: 0 }, 'the day is too old');
    t.equal(days.at(-1)?.open, 2, 'its incident is not forgotten');
    t.match(days.at(-1), { opened: 1 });
  });

  t.test(
    `${name}.dueByDay() counts the open incidents that wait for a repair by the end of their grace periods`,
    async (t) => {
      const store = await open(t);
      await commit(store, observation('sw-a', 0, callHome), observation('sw-a', 1));
      await commit(store, observation('sw-b', 48, callHome), observation('sw-b', 49));
      const rows = (await store.incidents({ limit: 9 })).rows;
      const ends = rows.map(({ graceUntil, graceUntilAtMost }) => Date.parse(graceUntil ?? graceUntilAtMost ?? ''));
      const [first = 0, second = 0] = ends;
      const { byDay, later, unknown } = await store.dueByDay({}, first - 2 * DAY, 3);
      t.strictSame([byDay, later, unknown], [[0, 0, 1, 0], 1, 0]);
      t.strictSame((await store.dueByDay({}, second + DAY, 3)).byDay, [2, 0, 0, 0], 'those that are over');
      t.strictSame((await store.dueByDay({ plant: 'North' }, first, 3)).byDay, [0, 0, 0, 0]);
    },
  );
}
