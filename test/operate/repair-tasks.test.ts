/** The devices to repair in each format of `next`. Goldens are in samples/next; UPDATE_GOLDENS=1 writes them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { parse } from 'yaml';
import { tableLines } from '../../src/commands/table.ts';
import type { RepairTask } from '../../src/core/fleet/repair-tasks.ts';
import { modesOf, tasksAnsible } from '../../src/operate/repair-tasks-ansible.ts';
import { tasksCsv } from '../../src/operate/repair-tasks-csv.ts';
import { journalEntry, netboxIds } from '../../src/operate/repair-tasks-netbox.ts';
import { advisory, temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';

const FOLDER = fileURLToPath(new URL('../../samples/next/', import.meta.url));

const press: RepairTask = {
  ...{ device: 'sw-press-01', hostname: 'sw-press-01', address: '192.0.2.21', serial: 'FDO0000A1B2' },
  ...{ pid: 'IE-3300-8T2S', release: '17.3.3', plant: 'North', incident: 'qv-sw-press-01-1', state: 'confirmed' },
  need: null,
  ...{ severity: 'critical', lastFailureAt: '2022-03-01T07:00:00.000Z', graceUntil: '2022-03-20T06:00:00.000Z' },
  ...{ graceUntilAtMost: null, remediation: null, diagnosis: 'trust', fixedIn: '17.6.1' },
  ...{ commands: advisory.remediation.script, checks: [] },
};
/** Its names are from the network. */
const odd: RepairTask = {
  ...press,
  ...{ device: "{{ lookup('pipe','id') }}", hostname: null, address: '2001:db8::7', serial: null, pid: null },
  ...{ release: null, plant: '=1+1', incident: "qv-{{ lookup('pipe','id') }}-1", severity: 'major', graceUntil: null },
  ...{ graceUntilAtMost: '2023-03-01T06:00:00.000Z', diagnosis: 'dns', fixedIn: null, commands: [] },
  checks: ['the name server answers (show hosts; ping vrf Mgmt `tools`)', 'it is reached'],
};
const TASKS = [press, odd];
const NETBOX = JSON.stringify({
  count: 2,
  results: [
    { id: 17, name: 'SW-PRESS-01', serial: '', primary_ip4: null },
    { id: 18, name: null, serial: '', primary_ip: { id: 3, address: '2001:db8::7/64' } },
  ],
});

const ids = netboxIds(NETBOX);
const golden: Readonly<Record<string, string>> = {
  'next.csv': tasksCsv(TASKS),
  'next.ansible.yaml': tasksAnsible(TASKS),
  'next.netbox.json': `${JSON.stringify(
    TASKS.map((task) => journalEntry(task, ids.of(task) as number)),
    null,
    2,
  )}\n`,
};

t.test('each format of next is its golden', async (t) => {
  for (const [name, text] of Object.entries(golden)) {
    if (process.env['UPDATE_GOLDENS'] === '1') {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(`${FOLDER}${name}`, text);
    }
    t.equal(text, readFileSync(`${FOLDER}${name}`, 'utf8'), name);
  }
});

t.test('tasksAnsible() gives a host to each device, and no text that Ansible evaluates', async (t) => {
  const text = tasksAnsible([press, odd, { ...odd, device: '{{ lookup("pipe","id") }}' }]);
  const { quovadis } = parse(text, { logLevel: 'silent' }) as { quovadis: { hosts: Record<string, object> } };
  t.same(Object.keys(quovadis.hosts), ['sw-press-01', '___lookup__pipe___id_____', '___lookup__pipe___id______2']);
  for (const line of text.split('\n')) if (line.includes('{{')) t.match(line, / !unsafe "/, line);
  const names = ['no', '2026-01-02', '1_0', '__proto__', '12', '2001::1', 'sw-z'];
  const strange = tasksAnsible(names.map((device) => ({ ...odd, device })));
  const hosts = strange.split('\n').flatMap((line) => /^ {4}(\S+):$/.exec(line)?.[1] ?? []);
  const quoted = names.map((name) => JSON.stringify(name.replaceAll(':', '_')));
  t.same(hosts, quoted, 'in their order, each a text in YAML 1.1, too');
  t.same(parse(tasksAnsible([])).quovadis.hosts, {}, 'nothing to do is a valid inventory, too');
});

t.test(
  'Ansible reads its golden, and evaluates no text that may be from the network',
  { skip: missing('ansible-inventory', 'ansible-core'), timeout: 120_000 },
  async (t) => {
    const { status, stdout, stderr } = spawnSync('ansible-inventory', ['-i', `${FOLDER}next.ansible.yaml`, '--list'], {
      encoding: 'utf8',
      env: { ...process.env, HOME: temporaryDirectory(t) },
    });
    t.equal(status, 0, stderr);
    const { _meta, quovadis } = JSON.parse(stdout);
    const [well, network] = quovadis.hosts.map((host: string) => _meta.hostvars[host]);
    t.match(well, { ansible_host: { __ansible_unsafe: '192.0.2.21' }, ansible_network_os: 'cisco.ios.ios' });
    t.equal(well.quovadis_exec.length, 2);
    t.same(network.quovadis_device, { __ansible_unsafe: odd.device });
  },
);

t.test('modesOf() splits what is typed into configuration and commands', async (t) => {
  for (const [commands, config, exec] of [
    [['config t', 'a', 'exit', 'wr mem', 'show b'], ['a'], ['wr mem', 'show b']],
    [['show a', 'configure terminal', 'b', 'end'], ['b'], ['show a']],
    [['exit', 'show a'], [], ['exit', 'show a']],
    [[], [], []],
  ] as const)
    t.same(modesOf(commands), { config, exec }, commands.join('; '));
});

t.test('netboxIds() finds a device by serial number, name or address, and refuses another file', async (t) => {
  const task = { ...press, hostname: null, device: '192.0.2.9', address: '192.0.2.9', serial: 'fdo0000a1b2' };
  const of = (device: object) => netboxIds(JSON.stringify([{ id: 5, ...device }])).of(task);
  t.equal(of({ serial: 'FDO0000A1B2' }), 5);
  t.equal(of({ primary_ip4: { address: '192.0.2.9/24' } }), 5);
  t.equal(of({ name: '192.0.2.9' }), 5);
  t.equal(of({ name: 'other', serial: 'FDO0000A1B3' }), null);
  const two = (first: object, second: object) => netboxIds(JSON.stringify([first, second])).of(task);
  const named = { id: 1, name: '192.0.2.9' };
  t.equal(two(named, { ...named, id: 2 }), null, 'two devices of one name are neither');
  t.equal(two(named, named), 1);
  t.equal(two(named, { ...named, id: 2, primary_ip4: { address: '192.0.2.9/24' } }), 2, 'unless the address tells');
  for (const text of ['{', '{"results":1}', 'null', '{"detail":"Invalid token"}'])
    t.throws(() => netboxIds(text), { code: 'QVW_INVENTORY_INVALID' }, text);
});

t.test('tableLines() cuts lines at the width of the terminal, and keeps control characters out of it', async (t) => {
  const lines = tableLines(
    ['device', 'what'],
    [
      ['sw-a', 'one; two'],
      ['sw-\u001b[2J', 'x'],
    ],
    12,
  );
  t.same(lines, ['device   wh…', 'sw-a     on…', 'sw-\ufffd[2J  x']);
  t.equal(
    tableLines(['a'], [['b'.repeat(300)]], Number.POSITIVE_INFINITY)[1]?.length,
    300,
    'without a terminal all of it',
  );
});
