import t from 'tap';
import type { DeviceChange } from '../../src/core/correlate/correlated.ts';
import { limits } from '../../src/core/model/limits.ts';
import type { Act } from '../../src/operate/committing.ts';
import { ChangeFeed } from '../../src/serve/change-feed.ts';

const changes = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ device: `sw-${from + index}` }) as DeviceChange);
const act = (by: string): Act => ({ kind: 'note', by, at: 0, incidents: [], devices: [] });
const devices = (found: ReturnType<ChangeFeed['since']>) =>
  found?.map((each) => ('change' in each ? each.change.device : `act of ${each.act.by}`)) ?? null;

t.test('ChangeFeed.since() gives the changes after an id, as long as all of them are kept', async (t) => {
  const feed = new ChangeFeed();
  const start = feed.position;
  t.strictSame(feed.since(start), []);
  const ids: string[] = [];
  feed.subscribe((batch) => void ids.push(...batch.map(({ id }) => id)));
  feed.publish(changes(1, 3));
  feed.publish([]);
  feed.publish(changes(4, 2));
  t.equal(new Set(ids).size, 5);
  t.equal(feed.position, ids[4]);
  t.strictSame(devices(feed.since(start)), ['sw-1', 'sw-2', 'sw-3', 'sw-4', 'sw-5']);
  t.strictSame(devices(feed.since(ids[1] as string)), ['sw-3', 'sw-4', 'sw-5']);
  t.strictSame(devices(feed.since(ids[4] as string)), []);
  feed.publish(changes(6, limits.streamChanges - 3));
  t.equal(feed.since(ids[0] as string), null, 'one change too many');
  t.equal(feed.since(ids[1] as string)?.length, limits.streamChanges, 'as many as are kept');
  t.equal(devices(feed.since(ids[1] as string))?.[0], 'sw-3');
  for (const other of ['', 'x', '0', `${start}0`, new ChangeFeed().position, `${start.split('-')[0]}-zzz`])
    t.equal(feed.since(other), null, JSON.stringify(other));
});

t.test('ChangeFeed.publish() numbers what people did after the changes of incidents', async (t) => {
  const feed = new ChangeFeed();
  const start = feed.position;
  const got: number[] = [];
  feed.subscribe((told) => void got.push(told.length));
  feed.publish([], act('kim'));
  feed.publish(changes(1, 2), act('lee'), act('max'));
  feed.publish([]);
  t.strictSame(got, [1, 4], 'what is published at once is told at once, and nothing is not told');
  const all = feed.since(start);
  t.strictSame(devices(all), ['act of kim', 'sw-1', 'sw-2', 'act of lee', 'act of max']);
  t.strictSame(devices(feed.since(all?.[2]?.id ?? '')), ['act of lee', 'act of max']);
  feed.publish([], ...Array.from({ length: limits.streamChanges }, () => act('kim')));
  t.equal(feed.since(all?.at(-2)?.id ?? ''), null, 'they are bounded with the changes');
});
