/** The contract of timelines, tested with every store. */
import t from 'tap';
import { announce } from '../../src/core/announce/notice.ts';
import { timelineKinds } from '../../src/core/fleet/timeline-kinds.ts';
import type { Store } from '../../src/store/ports/store.ts';
import type { TimelineQuery, TimelineRow } from '../../src/store/ports/timeline.ts';
import { route } from '../core/announce/life.ts';
import { advisory, HOUR, T0 } from '../given.ts';
import { Random } from '../simulation/random.ts';
import { happen } from './happenings.ts';
import { batchOf, stores, writeBatch } from './stores.ts';
import { callHome, commit, imported, noteOf, observation, restored } from './written.ts';

const seed = Number(process.env['SEED'] ?? 72298);

/** A row in a few words. */
function told(row: TimelineRow): string {
  const hours = (row.at - T0) / HOUR;
  switch (row.kind) {
    case 'message':
      return `${hours} ${row.message.mnemonic}`;
    case 'change':
      return `${hours} ${row.change.from} → ${row.change.to}`;
    case 'notice':
      return `${hours} ${row.notice.sink} ${'deliveredAt' in row.notice ? 'delivered' : row.notice.state} ${row.notice.announcement.type}`;
    case 'note':
      return `${hours} ${row.note.by} ${row.note.kind}`;
    case 'repair':
      return `${hours} ${row.repair.what}`;
    case 'gap':
      return `${hours} ${row.gap.atMost ? 'at most ' : ''}${row.gap.lost} missing`;
    case 'inventory':
      return `${hours} ${row.inventory.changed.map(({ column, from, to }) => `${column} ${from} ${to}`).join()}`;
  }
}

async function pagesOf(store: Store, query: Omit<TimelineQuery, 'limit' | 'after'>, limit: () => number) {
  const rows: TimelineRow[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.timeline({ ...query, after, limit: limit() });
    rows.push(...page.rows);
    if (page.next === null) return rows;
    after = page.next;
  }
}

for (const [name, open] of Object.entries(stores)) {
  t.test(`${name}.timeline() has what happened to a device, the newest first`, async (t) => {
    const store = await open(t);
    const batch = await batchOf(store, [observation('sw-a', 0, callHome), observation('sw-a', 1)]);
    const notices = announce({ ...batch, notes: [] }, [route('noc'), route('pager')], advisory);
    await writeBatch(store, { ...batch, notices, now: T0 + HOUR });
    const [notice] = await store.outbox.due('noc', T0 + HOUR, 1);
    await store.outbox.settle(notice?.seq ?? 0, { result: 'delivered' }, T0 + 2 * HOUR);
    await commit(
      store,
      observation('sw-a', 3, imported),
      observation('sw-a', 4, restored),
      observation('sw-b', 0, callHome),
    );
    await writeBatch(store, { ...(await batchOf(store, [])), notes: [noteOf('sw-a', 1, { at: T0 + 5 * HOUR })] });
    const lists = async (query: Partial<TimelineQuery>) =>
      (await store.timeline({ device: 'sw-a', limit: 99, ...query })).rows.map(told);
    const all = [
      '5 kim acknowledged',
      '4 suspected → recovering',
      '4 COMM_RESTORED',
      '3 TRUSTPOOL_DOWNLOAD_SUCCESS',
      '3 seen',
      '2 noc delivered incident.opened',
      '1 null → suspected',
      '1 COMM_FAILED',
      '1 pager pending incident.opened',
      '0 SL_MESSAGE_FAILED',
    ];
    t.strictSame(await lists({}), all);
    t.strictSame(await lists({ kinds: ['note', 'repair'] }), ['5 kim acknowledged', '3 seen']);
    t.strictSame(await lists({ kinds: ['notice'] }), [
      '2 noc delivered incident.opened',
      '1 pager pending incident.opened',
    ]);
    const incident = { id: 'qv-sw-a-1', ordinal: 1 };
    t.strictSame(await lists({ incident }), all, 'all of it is of this incident');
    t.strictSame(await lists({ incident: { id: 'qv-sw-a-2', ordinal: 2 } }), []);
    t.strictSame(await lists({ device: 'sw-none' }), []);
    t.strictSame((await pagesOf(store, { device: 'sw-a' }, () => 1)).map(told), all);
  });

  t.test(`${name}.timeline() in pages of any length is the timeline in one page, and has every row`, async (t) => {
    t.comment(`seed ${seed}`);
    const random = new Random(seed);
    const store = await open(t);
    for (let step = 0; step < 250; step++) await happen(store, random, step);
    let rows = 0;
    for (let device = 0; device < 12; device++) {
      const query = { device: `sw-${device}` };
      const whole = (await store.timeline({ ...query, limit: 10_000 })).rows;
      rows += whole.length;
      const isSorted = whole.slice(1).every(({ at }, index) => at <= (whole[index]?.at ?? 0));
      t.ok(isSorted, 'the newest first');
      t.strictSame(await pagesOf(store, query, () => 1 + random.below(6)), whole, query.device);
      for (const kind of timelineKinds) {
        const own = await pagesOf(store, { ...query, kinds: [kind] }, () => 1 + random.below(4));
        t.strictSame(
          own,
          whole.filter((row) => row.kind === kind),
          `${query.device}: ${kind}`,
        );
      }
      const incidents = (await store.incidents({ ...query, limit: 99 })).rows;
      const [changes, notes, messages] = [[] as unknown[], [] as unknown[], [] as unknown[]];
      for (const { id } of incidents) {
        const ordinal = Number(id.split('-').at(-1));
        changes.push(...(await store.transitions(query.device, ordinal)));
        notes.push(...(await store.notes(query.device, ordinal)));
        messages.push(...(await store.evidence(query.device, ordinal)));
        const own = await store.timeline({ ...query, incident: { id, ordinal }, kinds: ['change'], limit: 999 });
        t.equal(own.rows.length, (await store.transitions(query.device, ordinal)).length, id);
      }
      const ofKind = (kind: string) => whole.filter((row) => row.kind === kind).length;
      // What is of an incident that was withdrawn, or of none yet, is of the device as well.
      t.ok(ofKind('change') >= changes.length && ofKind('message') >= messages.length);
      t.equal(ofKind('note'), notes.length);
    }
    t.ok(rows > 200, 'there was something to show');
  });

  t.test(`${name}.timeline() shows no row twice while new ones come`, async (t) => {
    const random = new Random(seed);
    const store = await open(t);
    for (let step = 0; step < 150; step++) await happen(store, random, step);
    const before = (await store.timeline({ device: 'sw-1', limit: 10_000 })).rows.map(told);
    const seen: string[] = [];
    for (let after: string | undefined, step = 150; ; step++) {
      const page = await store.timeline({ device: 'sw-1', after, limit: 3 });
      seen.push(...page.rows.map(told));
      if (page.next === null) break;
      after = page.next;
      await commit(store, observation('sw-1', step, callHome, { peer: '192.0.2.21' }));
    }
    t.strictSame(seen.filter((row) => before.includes(row)).length, seen.length, 'nothing new behind the position');
  });
}
