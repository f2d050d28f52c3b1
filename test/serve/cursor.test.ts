import t from 'tap';
import { fromCursor, toCursor } from '../../src/serve/cursor.ts';
import { serverOf } from './serving.ts';

const positions = {
  incidents: '2022-02-05T06:00:00.000Z sw-a qv-sw-a-1',
  devices: 'sw-ä',
  messages: '17',
  unparsed: '0',
  notices: '9007199254',
} as const;
const lists = Object.keys(positions) as (keyof typeof positions)[];

t.test('fromCursor() returns the position of a cursor of toCursor()', async (t) => {
  for (const list of lists) t.equal(fromCursor(list, toCursor(list, positions[list]) as string), positions[list], list);
  t.equal(toCursor('devices', null), null);
  t.equal(fromCursor('devices', undefined), undefined);
});

t.test('GET of a list refuses a cursor of another list, and nonsense', async (t) => {
  const app = await serverOf().server.build();
  const other = (list: (typeof lists)[number]) => lists[(lists.indexOf(list) + 1) % lists.length] as typeof list;
  const encoded = (text: string) => Buffer.from(text).toString('base64url');
  for (const list of lists) {
    const nonsense = ['YWJj', 'x!', '', encoded(list), encoded(`${list} `), `${toCursor(list, positions[list])}=`];
    if (list !== 'devices') nonsense.push(encoded(`${list} NaN`), encoded(`${list} -1`), encoded(`${list} 1e3`));
    for (const cursor of [...nonsense, toCursor(other(list), positions[other(list)])]) {
      const response = await app.inject({ url: `/api/v1/${list}`, query: { cursor: cursor as string } });
      t.equal(response.statusCode, 400, `${list} ${cursor}`);
      t.match(response.json().detail, `this is not a cursor of the list ${list}`);
    }
    const sound = toCursor(list, positions[list]) as string;
    const response = await app.inject({ url: `/api/v1/${list}`, query: { cursor: sound } });
    t.equal(response.statusCode, 200, response.body);
  }
});
