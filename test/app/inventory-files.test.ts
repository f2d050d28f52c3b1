/** POST /inventory reads the files that `inventory` reads: of any encoding that spreadsheets write, and workbooks. */
import t from 'tap';
import { book } from '../operate/workbook.ts';
import { get, running } from './running.ts';

const WORKBOOK = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const csv = 'hostname;plant\r\nsw-a;München\r\n';
const sheet = book(
  '<row r="1"><c r="A1" t="inlineStr"><is><t>Hostname</t></is></c><c r="B1" t="inlineStr"><is><t>Site</t></is></c></row>' +
    '<row r="2"><c r="A2" t="inlineStr"><is><t>sw-a</t></is></c><c r="B2" t="inlineStr"><is><t>München</t></is></c></row>',
);

const FILES: Readonly<Record<string, readonly [type: string, bytes: Buffer, ignored: readonly string[]]>> = {
  'UTF-8': ['text/csv', Buffer.from(csv), []],
  'UTF-16': ['text/csv', Buffer.from(`\ufeff${csv}`, 'utf16le'), []],
  'Windows-1252': ['text/csv', Buffer.from(csv, 'latin1'), []],
  'a workbook': [WORKBOOK, sheet, ['sheet "Old & gone"']],
  'a workbook that was called CSV': ['text/csv', sheet, ['sheet "Old & gone"']],
};

t.test('POST /inventory stores the same of each', async (t) => {
  for (const [name, [type, body, ignored]] of Object.entries(FILES)) {
    const { api } = await running(t);
    const headers = { 'content-type': type };
    const answer = await fetch(`${api}/api/v1/inventory`, { method: 'POST', headers, body: new Uint8Array(body) });
    t.match(await answer.json(), { taken: 1, added: 1, rejected: [], ignored }, name);
    t.match(await get(`${api}/api/v1/devices/sw-a`), { plant: 'München' }, name);
  }
});

t.test('POST /inventory refuses a workbook that is none, in words', async (t) => {
  const { api } = await running(t);
  const headers = { 'content-type': WORKBOOK };
  const answer = await fetch(`${api}/api/v1/inventory`, {
    method: 'POST',
    headers,
    body: new Uint8Array(sheet.subarray(0, 300)),
  });
  t.equal(answer.status, 400);
  t.match(await answer.json(), { detail: /zip is damaged/ });
});
