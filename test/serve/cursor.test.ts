import t from 'tap';
import { fromCursor, toCursor } from '../../src/serve/cursor.ts';
import { serverOf } from './serving.ts';

const positions = {
  incidents: '[1644040800000,"sw-a",1]',
  devices: 'sw-ä',
  messages: '17',
  unparsed: '0',
  notices: '9007199254',
} as const;
const lists = Object.keys(positions) as (keyof typeof positions)[];

t.test('fromCursor() returns the position of a cursor of toCursor()', async (t) => {
  for (const list of lists)
    t.equal(fromCursor(list, toCursor(list, positions[list], {}) as string, {}), positions[list], list);
  t.equal(toCursor('devices', null, {}), null);
  t.equal(fromCursor('devices', undefined, {}), undefined);
});

t.test('fromCursor() takes a cursor of the same filters and order, however they are named', async (t) => {
  const query = { state: ['open', 'closed'], sort: '-severity', plant: undefined };
  const cursor = toCursor('devices', 'sw-a', query) as string;
  for (const same of [
    { sort: '-severity', state: ['closed', 'open', 'open'] },
    { ...query, limit: 7, cursor, format: 'csv' },
  ])
    t.equal(fromCursor('devices', cursor, same), 'sw-a', JSON.stringify(same));
  for (const other of [
    {},
    { ...query, sort: 'severity' },
    { ...query, state: ['open'] },
    { ...query, plant: 'North' },
    { ...query, state: 'open,closed' },
  ]) {
    t.throws(() => fromCursor('devices', cursor, other), { statusCode: 400, message: /other filters/ });
  }
});

t.test('GET of a list refuses a cursor of another list, and nonsense', async (t) => {
  const app = await serverOf().server.build();
  const other = (list: (typeof lists)[number]) => lists[(lists.indexOf(list) + 1) % lists.length] as typeof list;
  const cursorOf = (list: (typeof lists)[number], position: string) => toCursor(list, position, {}) as string;
  const encoded = (text: string) => Buffer.from(text).toString('base64url');
  for (const list of lists) {
    const sound = cursorOf(list, positions[list]);
    const nonsense = ['YWJj', 'x!', '', encoded(list), encoded(`${list} `), encoded(`${list} x`), `${sound}=`];
    if (list !== 'devices') for (const position of ['NaN', '-1', '1e3']) nonsense.push(cursorOf(list, position));
    for (const cursor of [...nonsense, cursorOf(other(list), positions[other(list)])]) {
      const response = await app.inject({ url: `/api/v1/${list}`, query: { cursor } });
      t.equal(response.statusCode, 400, `${list} ${cursor}`);
      t.match(response.json().detail, `this is not a cursor of the list ${list}`);
    }
    const response = await app.inject({ url: `/api/v1/${list}`, query: { cursor: sound } });
    t.equal(response.statusCode, 200, response.body);
  }
});

t.test('GET of a list refuses a cursor of other filters', async (t) => {
  const app = await serverOf().server.build();
  const cursor = toCursor('devices', 'sw-a', {}) as string;
  const response = await app.inject({ url: '/api/v1/devices', query: { cursor, condition: 'ok' } });
  t.equal(response.statusCode, 400);
  t.match(response.json().detail, 'this cursor belongs to other filters');
});
