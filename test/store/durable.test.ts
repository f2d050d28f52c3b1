/** The contract of every store that outlives the process. */
import { join } from 'node:path';
import t from 'tap';
import type { Announcement } from '../../src/core/announce/notice.ts';
import type { Store } from '../../src/store/ports/store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory, T0, temporaryDirectory } from '../given.ts';
import { batchOf, dueIn, durableEngines, noRows, writeBatch } from './stores.ts';
import { callHome, commit, noteOf, observation } from './written.ts';

const projection = projectionOf(advisory);
const disposition = { hypothesis: 'dns', text: 'a typo', diagnosis: 'trust', release: null } as const;
const announcement: Announcement = {
  ...{ type: 'incident.opened', incident: 'qv-sw-a-1', device: 'sw-a', plant: null, at: T0, from: null },
  ...{ to: 'suspected', severity: 'warning', reason: 'score-reached', by: null, text: '', record: null },
  ...{ disposition: null, pid: null, serial: null, release: null },
};
const unparsed = {
  receivedAt: T0,
  device: 'sw-a',
  facility: 'PKI',
  mnemonic: 'NEW',
  why: 'unknown-mnemonic',
  raw: 'x',
};
const alert = {
  subject: 'qv-sw-a-1',
  device: 'sw-a',
  plant: 'P1',
  startsAt: T0,
  endsAt: null,
  severity: 'warning',
} as const;
const source = {
  ...{ peer: '192.0.2.1', name: 7, named: true, relay: 0, lines: 5, lastSeenAt: T0, drops: null },
  ...{ counter: null, sequence: null },
};

/** The answer of a store to every question. */
async function answers(store: Store): Promise<Record<string, unknown>> {
  const query = { limit: 99 };
  return {
    devices: await store.devices(query),
    loaded: [...(await store.load(['sw-a', 'sw-b', 'sw-c'])).entries()],
    names: [await store.namesOf('sw-a'), [...(await store.aliases(['192.0.2.8', 'sw-b'])).entries()]],
    capacity: await store.capacityFor(1e9),
    due: await dueIn(store, T0 * 2, 99),
    incidents: [await store.incidents(query), await store.incident('qv-sw-a-1')],
    transitions: await store.transitions('sw-a', 1),
    notes: await store.notes('sw-a', 1),
    dispositions: await store.dispositions({}),
    evidence: [await store.checkedEvidence('sw-a', 1), await store.messages(query)],
    unparsed: await store.unparsed(query),
    counts: await store.counts(T0),
    series: await store.series({ ...query, now: T0 }),
    outbox: [await store.outbox.list(query), await store.outbox.counts()],
    alerts: [await store.alerts.openIncidents(query), await store.alerts.sent('am')],
    source: await store.sources.find('192.0.2.1', 7),
  };
}

for (const [name, engineAt] of Object.entries(durableEngines)) {
  t.test(`${name}.open() gives everything that was stored before close()`, async (t) => {
    const data = join(temporaryDirectory(t), 'new', 'directory');
    const engine = await engineAt(data);
    const store = await engine.open(projection, 'service');
    await commit(store, observation(null, 0, {}, { peer: '192.0.2.8' }), observation('sw-b', 0));
    await commit(store, observation('sw-a', 1, callHome, { peer: '192.0.2.8' }), observation('sw-c', 0));
    await writeBatch(store, {
      ...{ ...noRows, devices: [], now: T0, unparsed: [unparsed], notes: [noteOf('sw-a', 1, { disposition })] },
      notices: [{ announcement, sinks: ['hook', 'pager', 'chat'] }],
    });
    const [hook] = await store.outbox.due('hook', T0, 1);
    const [pager] = await store.outbox.due('pager', T0, 1);
    await store.outbox.settle(hook?.seq ?? 0, { result: 'failed', nextAt: T0 + 5000, error: 'HTTP 500' }, T0);
    await store.outbox.settle(pager?.seq ?? 0, { result: 'dead', error: 'HTTP 410' }, T0);
    await store.alerts.save('am', [alert], []);
    await store.sources.save([source]);
    await store.forget(['sw-c'], T0);
    const before = await answers(store);
    await store.close();
    const again = await engine.open(projection, 'service');
    t.teardown(() => again.close());
    for (const [question, answer] of Object.entries(await answers(again)))
      t.strictSame(answer, before[question], question);
    t.match(await commit(again, observation('sw-a', 2)), { evicted: 0 }, 'and goes on from it');
  });

  t.test(`${name}.open() gives the same store to two processes`, async (t) => {
    const data = temporaryDirectory(t);
    const engine = await engineAt(data);
    const [service, command] = [await engine.open(projection, 'service'), await engine.open(projection, 'write')];
    t.teardown(() => Promise.all([service.close(), command.close()]));
    await commit(service, observation('sw-a', 0, callHome));
    const stale = await batchOf(service, [observation('sw-a', 2)]);
    await commit(command, observation('sw-a', 1));
    await t.rejects(writeBatch(service, stale), /another version than the store of sw-a/);
    await commit(service, observation('sw-a', 2));
    t.match((await command.load(['sw-a'])).get('sw-a'), { messages: 3 });
    t.strictSame(await answers(service), await answers(command));
  });
}
