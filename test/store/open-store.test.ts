import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openReplayStore, openStore, requireStore } from '../../src/store/open-store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory, event, observed, T0, temporaryDirectory } from '../given.ts';
import { commitObservations } from './stores.ts';

const projection = projectionOf(advisory);
const line = event(observed(T0), { origin: 'sw-a' });

t.test('openStore() creates a store for writing, and requires one for reading', async (t) => {
  const data = join(temporaryDirectory(t), 'new');
  await t.rejects(requireStore(data), {
    code: 'QVW_FILE_UNREADABLE',
    message: /there is no .*quovadis\.db: name the data/,
  });
  await t.rejects(openStore(data, projection, 'read'), { code: 'QVW_FILE_UNREADABLE' });
  const writing = await openStore(data, projection, 'write');
  await requireStore(data);
  await commitObservations(writing, [line]);
  const reading = await openStore(data, projection, 'read');
  t.equal((await reading.load(['sw-a'])).size, 1, 'beside the one that writes');
  await t.rejects(reading.forget(['sw-a'], T0), { code: 'QVW_DATABASE_FAILED' });
  await Promise.all([writing.close(), reading.close()]);
});

t.test('openReplayStore() without a directory keeps everything but evidence in memory', async (t) => {
  const { store, deciding, flush } = await openReplayStore(undefined, projection);
  t.equal(deciding, store);
  t.equal(store.keepsEvidence, false);
  await commitObservations(store, [line]);
  t.same(await flush(), { evicted: 0, forgotten: 0 });
  t.equal((await store.load(['sw-a'])).size, 1);
  t.same(await store.evidence('sw-a', 1), []);
});

t.test('openReplayStore() buffers commits if no other process has the file open', async (t) => {
  const data = temporaryDirectory(t);
  const service = await openStore(data, projection, 'service');
  const beside = await openReplayStore(data, projection);
  t.equal(beside.deciding, beside.store, 'a buffer needs the file for itself');
  await Promise.all([service.close(), beside.store.close()]);
  const alone = await openReplayStore(data, projection);
  await commitObservations(alone.deciding, [line]);
  t.equal((await alone.store.load(['sw-a'])).size, 0);
  await alone.flush();
  t.equal((await alone.store.load(['sw-a'])).size, 1);
  await alone.store.close();
  t.same(readdirSync(data), ['quovadis.db', 'quovadis.lock']);
});
