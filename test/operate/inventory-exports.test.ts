/** Inventories as programs export them. Each sample is read as the rows here say, and what is not used is named. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { OperatingError } from '../../src/errors.ts';
import { readInventoryBytes } from '../../src/operate/inventory-bytes.ts';
import { zipOf } from '../zip.ts';
import { book } from './workbook.ts';

const bytesOf = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../samples/inventory/${name}`, import.meta.url)));

const none = { hostname: null, address: null, serial: null, pid: null, release: null, plant: null, licensing: null };
const press = { ...none, hostname: 'sw-press-01', address: '192.0.2.21', serial: 'FDO0000A1B2', pid: 'IE-3300-8T2S' };
const paint = { ...none, hostname: 'sw-paint-01', address: '2001:db8::21', serial: 'FDO0000A1B3', pid: 'IE-3400-8T2S' };

const SAMPLES: Readonly<
  Record<string, { program: string | null; rows: object[]; ignored: string; doubled?: string[]; unread?: string[] }>
> = {
  'netbox.csv': {
    program: 'NetBox',
    rows: [
      { ...press, plant: 'North' },
      { ...paint, plant: 'North' },
    ],
    ignored: 'Status Tenant Rack Role Manufacturer ID',
    doubled: ['plant Site Location'],
  },
  'netbox.json': {
    program: 'NetBox',
    rows: [
      { ...press, plant: 'North' },
      { ...paint, plant: 'North' },
    ],
    ignored: 'id url display role platform asset_tag status custom_fields tags',
    doubled: ['plant site location'],
  },
  'librenms.json': {
    program: 'LibreNMS',
    rows: [
      { ...press, release: '17.3.3', plant: 'North' },
      { ...none, hostname: 'sw-paint-01.example.com', address: '192.0.2.22' },
    ],
    ignored: 'device_id sysDescr os status type',
  },
  'oxidized.json': {
    program: 'Oxidized',
    rows: [{ ...none, hostname: 'sw-press-01', address: '192.0.2.21' }],
    ignored: 'full_name group model last vars mtime status time',
  },
  'dna-center.csv': {
    program: null,
    rows: [
      {
        ...{ ...press, hostname: 'sw-press-01.example.com', pid: 'C9300-24P', release: '17.3.3' },
        plant: 'Global/Plants/North',
      },
    ],
    ignored: 'Device Family, Reachability, MAC Address, Device Role, Uptime, Last Updated',
  },
  'dna-center.json': {
    program: 'Cisco DNA Center',
    rows: [{ ...press, hostname: 'sw-press-01.example.com', release: '17.3.3' }],
    ignored: 'id macAddress family series type softwareType role reachabilityStatus',
  },
  'excel-latin-1.csv': {
    program: null,
    rows: [{ ...press, serial: null, release: '17.3.3', plant: 'München' }],
    ignored: '',
    doubled: ['hostname Hostname Gerät'],
  },
  'excel-german.csv': {
    program: null,
    rows: [{ ...press, release: '17.3.3', plant: 'München', licensing: 'online' }],
    ignored: 'Bemerkung',
  },
  'excel-french.csv': {
    program: null,
    rows: [{ ...press, release: '17.3.3', plant: 'Orléans' }],
    ignored: 'Remarque',
  },
  'oxidized-router.txt': {
    program: null,
    rows: [
      { ...none, hostname: 'sw-press-01', address: '192.0.2.21' },
      { ...none, hostname: 'sw-paint-01' },
    ],
    ignored: '',
    unread: ['1 of its devices are not of Cisco, by their type'],
  },
};

t.test('a row with half of a character is rejected, from JSON and from a workbook', async (t) => {
  const named = { problem: 'plant has a character that could not be read: save the file as UTF-8' };
  const json = Buffer.from('[{"hostname":"sw-a","plant":"a\\ud800b"},{"hostname":"sw-b","plant":"\\ud83d\\ude00"}]');
  const cell = (text: string) => `<c t="inlineStr"><is><t>${text}</t></is></c>`;
  const rows = [cell('hostname') + cell('plant'), cell('sw-a') + cell('a&#xD800;b'), cell('sw-b') + cell('&#128512;')];
  for (const bytes of [json, book(rows.map((row) => `<row>${row}</row>`).join(''))]) {
    const read = await readInventoryBytes(bytes);
    t.match(read.rejected, [named]);
    t.match(read.rows, [{ row: { hostname: 'sw-b', plant: '😀' } }]);
    t.equal(read.rows.length, 1);
  }
});

for (const [name, { program, rows, ignored, doubled = [], unread = [] }] of Object.entries(SAMPLES)) {
  t.test(`readInventoryBytes() reads ${name}`, async (t) => {
    const read = await readInventoryBytes(bytesOf(name));
    t.same(read.rejected, []);
    t.same(
      read.rows.map(({ row }) => row),
      rows,
    );
    const named = ignored === '' ? [] : ignored.split(ignored.includes(',') ? ', ' : ' ');
    t.same(read.ignored, named, 'what is not used is named');
    t.same(read.unread, unread);
    t.same(
      read.doubled.map(({ column, used, unused }) => `${column} ${used} ${unused}`),
      doubled,
    );
    t.equal(read.program, program);
  });
}

t.test(
  'readInventoryBytes() reads the first sheet of a workbook of Excel, with the texts and numbers of its cells',
  async (t) => {
    const read = await readInventoryBytes(
      book(
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>Site</t></is></c><c r="D1" t="s"><v>1</v></c></row>' +
          '<row r="2"/>' +
          '<row r="4" spans="1:4"><c r="A4" t="s"><v>2</v></c><c r="B4"><v>1203</v></c><c r="C4" s="1"/><c r="D4" t="str"><f>X</f><v>R&amp;D</v></c></row>',
        '<si><t>Hostname</t></si><si><r><t>Ra</t></r><r><t>ck</t></r><rPh sb="0"><t>no</t></rPh></si><si><t xml:space="preserve"> sw-m&#252;nchen </t></si>',
      ),
    );
    t.same(
      read.rows.map(({ line, row: { hostname, plant } }) => [line, hostname, plant]),
      [[4, 'sw-münchen', '1203']],
    );
    t.same([read.ignored, read.sheets], [['', 'Rack'], ['Old & gone']]);
  },
);

t.test('readInventoryBytes() reads UTF-16, and recognises JSON by its content', async (t) => {
  const hosts = async (bytes: Buffer) => (await readInventoryBytes(bytes)).rows.map(({ row }) => row.hostname);
  const csv = Buffer.from('\ufeffhostname;plant\r\nsw-münchen;\r\n', 'utf16le');
  t.same(await hosts(csv), ['sw-münchen']);
  t.same(await hosts(Buffer.from(csv).swap16()), ['sw-münchen']);
  t.same(await hosts(Buffer.from(' [{"hostname":"sw-a"}]')), ['sw-a']);
});

/** So many that reading them in quadratic time would take hours. */
const MANY = 2_000_000;

t.test('readInventoryBytes() refuses what is no inventory with one operating error', async (t) => {
  const rows: readonly (readonly [why: string, bytes: Buffer, message: RegExp])[] = [
    ['a cut workbook', book('<row/>').subarray(0, 300), /zip is damaged/],
    ['another zip', zipOf({ 'a.txt': 'a' }), /no workbook of Excel/],
    ['an empty sheet', book(''), /it is empty/],
    ['rows without an end', book('<row>'.repeat(MANY)), /its XML has <row> without an end/],
    ['cells without an end', book(`<row>${'<c t="s">'.repeat(MANY)}</row>`), /<c> without an end/],
    ['readings without an end', book('', `<si>${'<rPh>'.repeat(MANY)}</si>`), /<rPh> without an end/],
    ['a tag without an end', book(`<row ${'r '.repeat(MANY)}`), /it is empty/],
    ['a long name of an attribute', book(`<row ${'r'.repeat(MANY)}/>`), /it is empty/],
    ['blanks in a tag', book(`<row r${' '.repeat(MANY)}/>`), /it is empty/],
    ['prefixes without a name', book(`<${'x'.repeat(MANY)}`), /it is empty/],
    ['packed CSV', gzipSync('hostname\nsw-a\n'), /it is packed \(gzip\): unpack it first/],
    [
      'a workbook of before 2007',
      Buffer.from('d0cf11e0a1b11ae100', 'hex'),
      /Office before 2007: save it as CSV or .xlsx/,
    ],
    ['PDF', Buffer.from('%PDF-1.7\n'), /it is PDF: save it as CSV/],
    ['bytes of no text', Buffer.from('hostname\n\0\x01\n'), /it is no text: save it as CSV in UTF-8, or as .xlsx/],
    [
      'a page of a list',
      Buffer.from('{"results":[{"name":"sw-a"}],"next":"https://a/?offset=1"}'),
      /one page of several/,
    ],
    ['a part of a list', Buffer.from('{"count":120,"results":[{"name":"sw-a"}]}'), /1 of 120 devices.*limit=0/],
  ];
  for (const [why, bytes, message] of rows)
    await t.rejects(readInventoryBytes(bytes), { code: 'QVW_INVENTORY_INVALID', message }, why);
  const xml = fc.array(
    fc.oneof(fc.constantFrom('<row>', '</row>', '<c r="ZZ9" t="s">', '<v>', '</v>', '</c>', '&#x110000;'), fc.string()),
  );
  await fc.assert(
    fc.asyncProperty(xml, async (parts) => {
      try {
        await readInventoryBytes(book(parts.join('')));
      } catch (error) {
        if (!(error instanceof OperatingError)) throw error;
      }
    }),
    { numRuns: 50 },
  );
});

t.test('a row of an inventory: what exports write otherwise is read, what is no address is refused', async (t) => {
  const row = async (cells: object) => {
    const { rows, rejected } = await readInventoryBytes(Buffer.from(JSON.stringify([{ hostname: 'sw-a', ...cells }])));
    return rows[0]?.row ?? rejected[0]?.problem;
  };
  t.match(await row({ address: '10.0.0.7/24', release: '17.03.03a' }), { address: '10.0.0.7', release: '17.3.3a' });
  t.match(await row({ address: '010.001.000.007' }), { address: '10.1.0.7' });
  t.match(
    await row({ release: 'Cisco IOS Software [Amsterdam], Catalyst L3 Switch Software, Version 17.03.03, RELEASE' }),
    {
      release: '17.3.3',
    },
  );
  t.match(await row({ release: '15.2(7)E' }), { release: '15.2(7)E' });
  t.match(await row({ release: '17.10.1' }), { release: '17.10.1' });
  t.equal(await row({ address: '999.0.0.1' }), 'address 999.0.0.1 is no IP address');
  t.match(await row({ plant: 'M\ufffdnchen' }), /plant has a character that could not be read: save the file as UTF-8/);
});
