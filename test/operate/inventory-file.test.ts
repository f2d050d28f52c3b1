import fc from 'fast-check';
import t from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { OperatingError } from '../../src/errors.ts';
import { readInventory } from '../../src/operate/inventory-file.ts';
import { matchWhole } from '../match-whole.ts';

const hosts = (text: string, form: 'csv' | 'json' = 'csv') =>
  readInventory(text, form).rows.map(({ row: { hostname } }) => hostname);

t.test('readInventory() reads CSV with every separator and quoting of spreadsheets', async (t) => {
  for (const [why, text] of [
    ['commas', 'hostname,plant\nsw-a,North\nsw-b,South\n'],
    ['semicolons', 'Hostname;Site\r\nsw-a;North\r\nsw-b;South\r\n'],
    ['bars', 'name|site\nsw-a|North\nsw-b|South'],
    ['tabs', 'name\tsite\nsw-a\tNorth\nsw-b\tSouth'],
    ['a byte order mark', '\uFEFFhostname,plant\nsw-a,North\nsw-b,South\n'],
    ['quotes, with the separator in them', '"hostname","plant"\n"sw-a","North, hall 2"\n"sw-b",""\n'],
    ['short rows and empty lines', 'hostname,plant,rack\n\nsw-a\n,,\nsw-b,South,1,2,3\n'],
  ] as const) {
    t.same(hosts(text), ['sw-a', 'sw-b'], why);
  }
});

t.test('readInventory() reads JSON: a list, or an object with the list in devices', async (t) => {
  t.same(hosts('[{"hostname":"sw-a"},{"Host Name":"sw-b"}]', 'json'), ['sw-a', 'sw-b']);
  t.same(hosts('{"devices":[{"hostname":"sw-a","release":null}]}', 'json'), ['sw-a']);
  matchWhole(t, readInventory('[1,null,{"hostname":"sw-a","pid":[]}]', 'json'), {
    rows: [],
    rejected: [{ line: 1 }, { line: 2 }, { line: 3, problem: 'pid is not a text' }],
  });
});

t.test('readInventory() reports each invalid row with its line, and returns the valid rows', async (t) => {
  const text =
    'hostname,address,rack\nsw-a,192.0.2.1,1\n,,1\n"sw\nb",,\nsw-c,192.0.2.1,\nSW-A,,\nsw-d,192.0.2.300x,\nsw-e,,\n';
  const { rows, rejected, ignored } = readInventory(text, 'csv');
  t.same(
    rows.map(({ row }) => row.hostname),
    ['sw-a', 'sw-e'],
  );
  matchWhole(t, rejected, [
    { line: 3, problem: /no hostname/ },
    { line: 5, problem: /control character/ },
    { line: 6, problem: 'address 192.0.2.1 is already in line 2' },
    { line: 7, problem: 'hostname sw-a is already in line 2' },
    { line: 8, problem: /no IP address/ },
  ]);
  t.same(ignored, ['rack']);
});

t.test('readInventory() refuses a text that is not an inventory', async (t) => {
  for (const [text, form, message] of [
    ['', 'csv', /empty/],
    ['a,b\n1,2\n', 'csv', /no heading hostname.*; it has "a", "b"$/],
    ["'hostname','plant'\n'sw-a','North'\n", 'csv', /no heading hostname/],
    ['Plant North,,\n,,\nhostname,address,\n', 'csv', /no heading hostname.*; it has "Plant North"/],
    ['hostname\n"sw-a\n', 'csv', /not CSV/],
    ['{', 'json', /not JSON/],
    ['{"hostname":"sw-a"}', 'json', /not a list/],
    ['null', 'json', /not a list/],
  ] as const) {
    t.throws(() => readInventory(text, form), { code: 'QVW_INVENTORY_INVALID', message }, text);
  }
});

t.test('readInventory() throws only operating errors', async (t) => {
  const holds = (text: string, form: 'csv' | 'json') => {
    try {
      readInventory(text, form);
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
    }
  };
  const cell = fc.oneof(fc.constantFrom('hostname', 'address', '"', ',', ';', '\n', '\r', '\u0000'), fc.string());
  fc.assert(fc.property(fc.array(cell), (cells) => holds(`hostname,${cells.join('')}`, 'csv')));
  fc.assert(fc.property(fc.json(), (text) => holds(text, 'json')));
  t.pass();
});

t.test('readInventory() refuses more headings or rows than its limits, before it reads the cells', async (t) => {
  const names = Array.from({ length: limits.inventoryColumns + 1 }, (_, index) => `c${index}`);
  const wide = `hostname,${names.join(',')}\n`;
  const refused = { code: 'QVW_INVENTORY_INVALID', message: /more than 200 headings: remove/ };
  t.throws(() => readInventory(`${wide}sw-a\n`, 'csv'), refused);
  t.throws(() => readInventory(`hostname${',name'.repeat(limits.inventoryColumns)}\nsw-a\n`, 'csv'), refused);
  t.throws(() => readInventory(JSON.stringify(names.map((name) => ({ [name]: 1 }))), 'json'), refused);
  const long = { code: 'QVW_INVENTORY_INVALID', message: /more than 100000 rows: split the file/ };
  t.throws(() => readInventory(`hostname\n${'sw\n'.repeat(limits.inventoryRows + 1)}`, 'csv'), long);
  t.throws(() => readInventory(JSON.stringify(Array(limits.inventoryRows + 1).fill(0)), 'json'), long);
  t.equal(
    readInventory(`hostname\n${'sw\n'.repeat(limits.inventoryRows)}`, 'csv').rejected.length,
    limits.inventoryRows - 1,
  );
});

t.test(
  'readInventory() uses the heading that is named first in the docs, where it has a value, and names the other',
  async (t) => {
    for (const [text, form] of [
      ['name,hostname\nsw-a,sw-b\nsw-c,\n', 'csv'],
      ['[{"name":"sw-a","hostname":"sw-b"},{"name":"sw-c"}]', 'json'],
    ] as const) {
      t.same(hosts(text, form), ['sw-b', 'sw-c']);
      t.same(readInventory(text, form).doubled, [{ column: 'hostname', used: 'hostname', unused: 'name' }]);
    }
  },
);

t.test('readInventory() names what stands under no heading, and under a second one of the same name', async (t) => {
  const { rows, unread } = readInventory(
    'hostname;plant;note;plant;note\nsw-a;A;x;B;y;more\nsw-b;;;C;;\nsw-c;A;;A\nsw-d;;;;;;also\n',
    'csv',
  );
  t.same(
    rows.map(({ row: { plant } }) => plant),
    ['A', 'C', 'A', null],
  );
  t.same(unread, [
    'several columns are called "plant", and differ: the first counts',
    'line 2 has more cells than there are headings (as 2 of 4)',
  ]);
  t.same(readInventory('hostname;plant;plant\nsw-a;;A;;\n', 'csv').unread, []);
});

t.test('a line that tells Excel the separator is no heading', async (t) => {
  for (const text of [
    'sep=;\r\nhostname;plant\r\nsw-a;North, left\r\n',
    '\uFEFF"sep=|"\nhostname|plant\nsw-a|North, left\n',
  ])
    t.match(readInventory(text, 'csv'), {
      rows: [{ line: 3, row: { hostname: 'sw-a', plant: 'North, left' } }],
      rejected: [],
    });
});

t.test('the router.db of Oxidized or RANCID is a list of names, by its Cisco lines', async (t) => {
  for (const text of [
    '# plant North\nsw-a.example.net:ios\n\nfw-1:junos:x\n192.0.2.21:cisco-ios:North\n',
    '# plant North\nsw-a.example.net;cisco;up\n\nfw-1;juniper;up\n192.0.2.21;cisco-nx;down;gone\n',
    '\uFEFF#\nsw-a.example.net,ios,admin\n\nfw-1,junos\n192.0.2.21,ios,x,y\n',
    '#\nsw-a.example.net|ios\n\nfw-1|junos\n192.0.2.21|ios\n',
    '#\nsw-a.example.net\tios\n\nfw-1\tjunos\n192.0.2.21\tios\n',
    '#\nsw-a.example.net : ios\n\nfw-1 : junos\n192.0.2.21 : ios : x\n',
  ]) {
    const { rows, rejected, unread } = readInventory(text, 'csv');
    t.same(rejected, []);
    t.same(unread, ['1 of its devices are not of Cisco, by their type']);
    t.match(rows, [
      { line: 2, row: { hostname: 'sw-a.example.net', address: null } },
      { line: 5, row: { hostname: null, address: '192.0.2.21' }, columns: ['address'] },
    ]);
  }
  t.match(readInventory('sw-a,192.0.2.7,ios\n', 'csv').rows, [{ row: { hostname: 'sw-a', address: '192.0.2.7' } }]);
  t.same(hosts('name,model\nsw-a,ios\nsw-b,ios\n'), ['sw-a', 'sw-b'], 'with headings it is a table');
  for (const text of ['fw-1:junos\n', 'sw-a:ios\nnot a line of it\n', 'name:value\nsw-a:x\n'])
    t.throws(() => readInventory(text, 'csv'), { code: 'QVW_INVENTORY_INVALID' }, text);
});
