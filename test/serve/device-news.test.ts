import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { DeviceNews, EVERY_MS, MOST_NAMED, type News, toldGaps } from '../../src/serve/device-news.ts';

const names = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `sw-${from + index}`);

/** `heard`: what the listener was told since the last question. */
function listening(t: Test) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const news = new DeviceNews();
  const told: News[] = [];
  const end = news.subscribe((said) => told.push(said));
  return { news, end, heard: () => told.splice(0) };
}

t.test('DeviceNews tells what comes first at once, and names a device once in 2 s', (t) => {
  const { news, heard } = listening(t);
  news.note(['sw-a']);
  t.strictSame(heard(), [{ devices: ['sw-a'], senders: [], all: false, notices: false }]);
  for (const key of ['sw-a', 'sw-b', 'sw-a']) news.note([key]);
  news.noteLost(['192.0.2.1']);
  mock.timers.tick(EVERY_MS - 1);
  t.strictSame(heard(), []);
  mock.timers.tick(1);
  t.strictSame(heard(), [{ devices: ['sw-a', 'sw-b'], senders: ['192.0.2.1'], all: false, notices: false }]);
  mock.timers.tick(10 * EVERY_MS);
  t.strictSame(heard(), [], 'nothing is told where nothing is new');
  news.note(['sw-c']);
  t.strictSame(
    heard(),
    [{ devices: ['sw-c'], senders: [], all: false, notices: false }],
    'and after a pause it is told at once again',
  );
  t.end();
});

t.test('DeviceNews names at most so many devices, and says that there are more', (t) => {
  const { news, heard } = listening(t);
  news.note(names(MOST_NAMED));
  t.match(heard(), [{ devices: names(MOST_NAMED), all: false }]);
  news.note(names(MOST_NAMED));
  news.note(names(2));
  mock.timers.tick(EVERY_MS);
  t.match(heard(), [{ all: false }], 'those that are named already are not more');
  news.note(names(MOST_NAMED + 1, 7));
  mock.timers.tick(EVERY_MS);
  t.strictSame(heard(), [{ devices: names(MOST_NAMED, 7), senders: [], all: true, notices: false }]);
  news.noteAll();
  mock.timers.tick(EVERY_MS);
  t.strictSame(heard(), [{ devices: [], senders: [], all: true, notices: false }]);
  t.end();
});

t.test('DeviceNews tells that notices were tried, together with the devices', (t) => {
  const { news, heard } = listening(t);
  news.noteNotices();
  t.strictSame(heard(), [{ devices: [], senders: [], all: false, notices: true }]);
  news.note(['sw-a']);
  news.noteNotices();
  mock.timers.tick(EVERY_MS);
  t.strictSame(heard(), [{ devices: ['sw-a'], senders: [], all: false, notices: true }]);
  news.note(['sw-a']);
  mock.timers.tick(EVERY_MS);
  t.match(heard(), [{ notices: false }], 'and not again');
  t.end();
});

t.test('DeviceNews keeps nothing for those who come later', (t) => {
  const { news, end, heard } = listening(t);
  news.note(['sw-a']);
  news.note(['sw-b']);
  end();
  news.note(['sw-c']);
  news.noteAll();
  heard();
  const told: News[] = [];
  news.subscribe((said) => told.push(said));
  mock.timers.tick(EVERY_MS);
  t.strictSame([told, heard()], [[], []]);
  news.note(['sw-d']);
  t.match(told, [{ devices: ['sw-d'], all: false }]);
  t.end();
});

t.test('toldGaps() tells of which senders lines were lost, once that is stored', async (t) => {
  const { news, heard } = listening(t);
  const gap = { peer: '192.0.2.1', name: 1, from: 0, to: 1, lost: 2, atMost: false };
  const stored = Promise.withResolvers<void>();
  const adding = toldGaps({ add: () => stored.promise }, news).add([gap, { ...gap, name: 2 }]);
  t.strictSame(heard(), []);
  stored.resolve();
  await adding;
  t.strictSame(heard(), [{ devices: [], senders: ['192.0.2.1'], all: false, notices: false }]);
  const full = toldGaps({ add: () => Promise.reject(new Error('full')) }, news);
  await t.rejects(full.add([gap]), { message: 'full' });
  mock.timers.tick(EVERY_MS);
  t.strictSame(heard(), []);
});
