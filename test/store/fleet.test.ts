/** What a store keeps of the fleet is what a walk over all of its devices gives. */
import fc from 'fast-check';
import t from 'tap';
import { FacetCount } from '../../src/core/fleet/facets.ts';
import { FleetCount } from '../../src/core/fleet/fleet-count.ts';
import { facetNames, facetValue, type Member, memberOf, memberSorts } from '../../src/core/fleet/member.ts';
import { inUrgency, taskOf } from '../../src/core/fleet/repair-tasks.ts';
import { type FleetContext, fleetContextOf } from '../../src/core/judge/fleet-context.ts';
import { doLinksMatter } from '../../src/core/judge/rules.ts';
import type { SignalEvent } from '../../src/core/model/device-state.ts';
import { UNKNOWN } from '../../src/core/model/inventory.ts';
import type { Observation } from '../../src/core/model/observation.ts';
import { readInventory } from '../../src/operate/inventory-file.ts';
import { Operations } from '../../src/operate/operations.ts';
import { everyRow } from '../../src/store/every-page.ts';
import type { MemberFilter } from '../../src/store/ports/fleet.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { advisory, DAY, event, HOUR, observed, T0 } from '../given.ts';
import { commitObservations, stores } from './stores.ts';

const recovery = { kind: 'recovery', family: null, cause: null, weight: 0, mnemonic: 'COMM_RESTORED' } as const;
const signals: readonly Partial<SignalEvent>[] = [
  {},
  { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' },
  { family: 'call-home', weight: 0, mnemonic: 'SL_MESSAGE_FAILED', manner: 'timeout' },
  { family: 'trust-proof', weight: 3, cause: 'trust', manner: 'refused', mnemonic: 'AUTH_RENEW_FAILED' },
  recovery,
  { ...recovery, kind: 'remediation', mnemonic: 'TRUSTPOOL_DOWNLOAD_SUCCESS' },
  { clock: 'unset' },
];
const RELEASES = ['17.3.3', '17.6.1', '16.12.4', ''];
const PLANTS = ['Linz', 'Graz', 'unknown', ''];
/** Few hours, so that devices fail together. */
const hours = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 9000 }));
const stories = fc.array(
  fc.record({ hour: hours, device: fc.nat(11), signal: fc.constantFrom(...signals), minutes: fc.nat(20) }),
  { minLength: 1, maxLength: 90, size: 'max' },
);
const lists = fc.array(fc.tuple(fc.nat(13), fc.constantFrom(...PLANTS), fc.constantFrom(...RELEASES)), {
  maxLength: 14,
});
const PIDS = ['IE-3300-8T2S', 'C9300-24T', 'other'];

const named = (number: number) => `sw-${number}`;

function observationOf({
  hour,
  device,
  signal,
  minutes,
}: {
  hour: number;
  device: number;
  signal: Partial<SignalEvent>;
  minutes: number;
}): Observation {
  // Two numbers are two names of one device, until a line says so: devices merge.
  const serial = device > 9 ? 'FOC0000A1B2' : `FOC0000A${device}`;
  return event(observed(T0 + hour * HOUR + minutes * 60_000, signal), {
    ...{ origin: named(device), peer: `192.0.2.${device + 1}`, serial: minutes > 17 ? serial : null },
  });
}

/** All devices of a store as members. */
async function membersIn(store: Store): Promise<Member[]> {
  const devices = await everyRow((after) => store.devices({ after, limit: 500 }));
  return devices.map((device) => memberOf(device, advisory));
}

/** Where it makes no difference which links went down, nobody counts them. */
const withoutLinks = (context: FleetContext) => (doLinksMatter(context) ? context : { ...context, linksDown: 0 });

const fits = (member: Member, { q, heardBefore, ...lists }: MemberFilter) =>
  facetNames.every((name) =>
    [lists[name] ?? facetValue(member, name)].flat().map(String).includes(facetValue(member, name)),
  ) &&
  (heardBefore === undefined || (member.heardAt ?? 0) < heardBefore) &&
  (q === undefined || member.key.includes(q));

const filters: fc.Arbitrary<MemberFilter> = fc.record(
  {
    condition: fc.subarray(['ok', 'watching', 'confirmed', 'heard', 'unheard', 'recovering']),
    status: fc.subarray(['affected', 'fixed', 'unknown']),
    plant: fc.subarray(['Linz', 'Graz', 'unknown']),
    product: fc.subarray(['other', 'unknown', 'Catalyst 9300']),
    release: fc.subarray(['17.3.3', 'unknown', '16.12.4']),
    listed: fc.boolean(),
    heardBefore: fc.constantFrom(T0, T0 + 3 * HOUR, T0 + 300 * DAY),
    q: fc.constantFrom('sw-1', 'w-', 'nothing'),
  },
  { requiredKeys: [] },
);

for (const [name, open] of Object.entries(stores)) {
  t.test(`${name}: what is kept of the fleet is what a walk gives`, async (t) => {
    await fc.assert(
      fc.asyncProperty(stories, lists, filters, fc.integer({ min: 1, max: 9 }), async (story, rows, filter, limit) => {
        const store = await open(t);
        const now = T0 + 380 * DAY;
        const operations = new Operations({ store, advisory, now: () => T0, onCommit: () => {} });
        for (let from = 0; from < story.length; from += 20) {
          await commitObservations(store, story.slice(from, from + 20).map(observationOf));
          const part = rows.slice(from / 5, from / 5 + 4);
          const csv = part.map(([n, plant, release], at) => `${named(n)},${plant},${release},${PIDS[at % 3]}`);
          const unique = [...new Map(csv.map((row) => [row.split(',')[0], row])).values()];
          if (csv.length > 0)
            await operations.import(readInventory(`hostname,plant,release,pid\n${unique.join('\n')}`, 'csv'));
          if (from === 40) await store.forget([named(3)], T0);
        }
        const members = await membersIn(store);

        for (const moment of [T0 + 2 * HOUR, T0 + 200 * DAY, now]) {
          const count = new FleetCount(moment);
          for (const member of members) count.add(member);
          const fleet = await store.fleet(moment);
          t.strictSame(tidy(fleet), tidy(count.fleet()), 'the groups');
          const { devices } = await store.counts(moment);
          t.strictSame(
            Object.fromEntries(
              devices
                .filter((row) => row.count > 0)
                .map((row) => [row.condition, row.count])
                .sort(),
            ),
            Object.fromEntries(Object.entries(count.fleet().all.conditions).sort()),
          );
          for (const group of fleet.plants)
            t.strictSame(tidy((await store.plant(group.name, moment))?.group), tidy(group));
          const heard = await store.heardByPlant([...fleet.plants.map((group) => group.name), 'no such plant']);
          for (const group of fleet.plants)
            t.equal(
              heard.get(group.name) ?? null,
              (await store.plant(group.name, moment))?.heardAt ?? null,
              group.name,
            );
          t.notOk(heard.has('no such plant'));
          const weeks = await store.grace(undefined, moment);
          const ends = members.flatMap(({ graceUntil }) => graceUntil ?? []);
          t.equal(weeks.over, ends.filter((at) => at < moment).length);
          t.equal(
            weeks.weeks.reduce((sum, week) => sum + week.count, 0),
            ends.filter((at) => at >= moment).length,
          );
          for (const { from, count } of weeks.weeks)
            t.equal(count, ends.filter((at) => at >= Math.max(from, moment) && at < from + 7 * DAY).length);
        }

        for (const member of members) {
          const isDown = (peer: string | null) => peer?.endsWith('1') === true;
          const down = members.filter(({ peer }) => isDown(peer)).map(({ key }) => key);
          const walked = fleetContextOf(member, members, new Set(down));
          t.strictSame(withoutLinks(await store.fleetContext(member, isDown)), withoutLinks(walked), member.key);
        }

        const tasks = (await everyRow((after) => store.devices({ after, limit: 500 })))
          .flatMap((device) => taskOf(device, now, advisory) ?? [])
          .sort(inUrgency);
        t.strictSame(
          await everyRow((after) => store.urgent({ after, limit })),
          tasks.map(({ device }) => device),
        );
        const inLinz = tasks.filter(({ plant }) => plant === 'Linz').map(({ device }) => device);
        t.strictSame(await everyRow((after) => store.urgent({ plant: 'Linz', after, limit })), inLinz);

        const byPlant = new Map<string, { critical: number; major: number; warning: number }>();
        for (const { state, severity, plant } of await everyRow((after) => store.incidents({ after, limit: 500 }))) {
          if (['recovering', 'resolved', 'closed'].includes(state)) continue;
          const of = byPlant.get(plant ?? UNKNOWN) ?? { critical: 0, major: 0, warning: 0 };
          of[severity]++;
          byPlant.set(plant ?? UNKNOWN, of);
        }
        t.strictSame(Object.fromEntries(await store.openByPlant()), Object.fromEntries(byPlant), 'open incidents');

        const fitting = members.filter((member) => fits(member, filter));
        for (const sort of memberSorts) {
          const found = await everyRow((after) => store.members({ ...filter, sort, after, limit }));
          t.strictSame(found, inOrder(fitting, sort), `${sort} ${JSON.stringify(filter)}`);
        }
        const { q, heardBefore, listed, ...rest } = filter;
        const count = new FacetCount({ ...rest, ...(listed === undefined ? {} : { listed: [String(listed)] }) });
        for (const member of members)
          if (fits(member, { q, heardBefore }))
            count.add({ values: facetNames.map((facet) => facetValue(member, facet)), count: 1 });
        t.strictSame(await store.facets(filter), count.facets());
        t.equal((await store.facets(filter)).total, fitting.length);
        const differences: string[] = [];
        for await (const difference of store.recount(T0 + 380 * DAY)) differences.push(difference);
        t.strictSame(differences, []);
        t.equal(await store.plant('no such plant', now), null);
      }),
      { numRuns: 25 },
    );
  });
}

/** Conditions that nobody is in may be named or not. */
function tidy(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, at) => (key === 'conditions' ? Object.fromEntries(Object.entries(at).sort()) : at)),
  );
}

function inOrder(members: readonly Member[], sort: (typeof memberSorts)[number]): Member[] {
  const sorted = [...members].sort(
    (a, b) => (sort.endsWith('heardAt') ? (a.heardAt ?? 0) - (b.heardAt ?? 0) : 0) || (a.key < b.key ? -1 : 1),
  );
  return sort.startsWith('-') ? sorted.reverse() : sorted;
}

t.test('a plant without a name is found as lists show it', async (t) => {
  for (const open of Object.values(stores)) {
    const store = await open(t);
    await commitObservations(store, [observationOf({ hour: 0, device: 1, signal: {}, minutes: 0 })]);
    t.equal((await store.plant(UNKNOWN, T0))?.group.devices, 1);
  }
});

t.test('lists and facets of a fleet that is read in slices are those of a small one', async (t) => {
  const all = await Promise.all(Object.values(stores).map((open) => open(t)));
  const csv = Array.from(
    { length: 7000 },
    (_, n) => `sw-${n % 2 === 0 ? 'even' : 'odd'}-${n},${n % 3 === 0 ? 'Linz' : 'Graz'}`,
  );
  const heard = Array.from({ length: 120 }, (_, n) =>
    event(observed(T0 + n * HOUR), { origin: `sw-even-${n * 2}`, relayHost: null, peer: null, serial: null }),
  );
  for (const store of all) {
    const operations = new Operations({ store, advisory, now: () => T0, onCommit: () => {} });
    await operations.import(readInventory(`hostname,plant\n${csv.join('\n')}`, 'csv'));
    await commitObservations(store, heard);
  }
  const [first, ...others] = all as [Store, ...Store[]];
  // Of a text that few, many and nearly all devices have; few and nearly all were heard before.
  for (const q of [undefined, 'ODD-123', 'even-77', '-even-', 'sw-', 'nothing'])
    for (const heardBefore of [undefined, 1, T0 + 60 * HOUR, T0 + 300 * DAY])
      for (const plant of [undefined, ['Linz']]) {
        const filter = { q, heardBefore, plant };
        const facets = await first.facets(filter);
        const page = await first.members({ ...filter, sort: '-heardAt', limit: 30 });
        for (const store of others) {
          t.strictSame(await store.facets(filter), facets, JSON.stringify(filter));
          t.strictSame(await store.members({ ...filter, sort: '-heardAt', limit: 30 }), page, JSON.stringify(filter));
        }
      }
});
