/** Which device a capture is of: names in prompts and outputs, serial numbers, and how the text came. */
import t, { type Test } from 'tap';
import { ansibleTexts } from '../../src/operate/ansible-output.ts';
import type { CaptureOrder } from '../../src/operate/captures.ts';
import { readInventory } from '../../src/operate/inventory-file.ts';
import { Operations } from '../../src/operate/operations.ts';
import { advisory, DAY, event, observed, T0 } from '../given.ts';
import { commitObservations, stores } from '../store/stores.ts';

const openMemory = stores['memory'] as (typeof stores)[string];

const INVENTORY = [
  'hostname,serial,address',
  'sw-a,FOC2345A001,10.0.0.1',
  'sw-b,FOC2345A002,10.0.0.2',
  'sw-c,,10.0.0.3',
  'sw-d.plant1,FOC2345A004,10.0.0.4',
  'sw-stack,FOC2345A005,',
].join('\n');

const udi = (serial: string) => `UDI: PID:C9300-48P,SN:${serial}`;
const shows = (host: string, ...output: readonly string[]) =>
  [`${host}#show license udi`, ...output, `${host}#`, ''].join('\n');
const version = (host: string, name: string) =>
  [`${host}#show version`, 'Cisco IOS XE Software, Version 17.03.03', `${name} uptime is 1 week`, `${host}#`, ''].join(
    '\n',
  );
const status = ['Smart Licensing is ENABLED', 'Transport:', '  Type: Callhome'].join('\n');

async function operating(t: Test) {
  const store = await openMemory(t);
  const operations = new Operations({ store, advisory, now: () => T0 + 30 * DAY, onCommit: () => {} });
  await operations.import(readInventory(INVENTORY, 'csv'));
  // The serial number of a device that no row has is learnt from its lines.
  await commitObservations(store, [event(observed(T0), { origin: 'sw-x', serial: 'FOC2345A009' })]);
  /** The devices of which something is taken, or why nothing is. */
  const of = async (text: string, order: Partial<CaptureOrder> = {}) => {
    const whole = { device: null, at: T0 + DAY, zone: null, dryRun: true, ...order };
    const { taken, refused } = await operations.capture(text, whole);
    return [...taken.map(({ device }) => device), ...refused.map((part) => part.text)].join('; ');
  };
  return { of };
}

t.test('nothing is taken of a capture whose serial number is that of another device', async (t) => {
  const { of } = await operating(t);
  const others =
    /^The serial number FOC2345A002 is that of sw-b, and the capture is given for sw-a: nothing of it is taken/;
  const nameless = udi('FOC2345A002');
  t.match(await of(shows('sw-a', nameless)), others, 'by its prompt');
  t.match(await of(nameless, { device: 'sw-a' }), others, 'as a person says');
  t.match(await of(nameless, { fileOf: 'sw-a' }), others, 'by the name of its file');
  t.match(await of(nameless, { reachedAs: 'sw-a' }), others, 'by the host of Ansible');
  t.match(await of(shows('sw-c', nameless)), /that of sw-b, and the capture is given for sw-c/);
  t.match(await of(shows('sw-a', udi('FOC2345A009'))), /FOC2345A009 is that of sw-x, and/, 'a number that lines show');
  t.equal(await of(shows('sw-a', udi('FOC2345A777'))), 'sw-a', 'nobody has this number: the unit was replaced');
  t.equal(await of(shows('sw-b', nameless)), 'sw-b');
});

t.test('a capture without a name is found by its serial number', async (t) => {
  const { of } = await operating(t);
  t.equal(await of(udi('foc2345a002')), 'sw-b');
  t.equal(await of(udi('FOC2345A009'), { fileOf: 'Monday' }), 'sw-x');
  t.equal(await of(shows('renamed', udi('FOC2345A002'))), 'sw-b', 'the inventory goes before a name that nobody knows');
  t.match(await of(shows('renamed', udi('FOC2345A009'))), /^There is no device renamed/, 'it may be a spare');
  t.match(await of(udi('FOC2345A777')), /^The capture names no device/);
});

t.test('the number of another unit of its stack makes a capture of no other device', async (t) => {
  const { of } = await operating(t);
  const units = (active: string, member: string) => [
    ...['License UDI:', `UDI: PID:C9300-48P,SN:${active}`, 'HA UDI List:'],
    ...[`    Active:PID:C9300-48P,SN:${active}`, `    Member:PID:C9300-48P,SN:${member}`],
  ];
  t.equal(await of(shows('sw-stack', ...units('FOC2345A005', 'FOC2345A002'))), 'sw-stack');
  t.equal(
    await of(shows('sw-stack', ...units('FOC2345A002', 'FOC2345A005'))),
    'sw-stack',
    'another unit is active now',
  );
});

t.test('a prompt with a default name names no device: the serial number does, or a person', async (t) => {
  const { of } = await operating(t);
  for (const host of ['Switch', 'Router', 'switch']) {
    t.equal(await of(shows(host, udi('FOC2345A002'))), 'sw-b', host);
    t.equal(await of(shows(host, udi('FOC2345A002')), { device: 'sw-b' }), 'sw-b', host);
    t.equal(await of(shows(host, udi('FOC2345A777')), { device: 'sw-c' }), 'sw-c', host);
    t.match(await of(shows(host, udi('FOC2345A002')), { device: 'sw-a' }), /^The serial number/, host);
    t.match(await of(version(host, host)), /^The capture names no device/, host);
  }
  t.equal(await of(`${version('Switch', 'sw-a')}sw-a#show license udi\n${udi('FOC2345A001')}\nsw-a#`), 'sw-a');
  const two = [shows('Switch', udi('FOC2345A001')), shows('Switch', udi('FOC2345A002'))].join('\n');
  t.match(await of(two), /^The text shows two devices as one \(serial numbers/);
  t.equal(await of(shows('renamed', udi('FOC2345A002')), { device: 'sw-b' }), 'sw-b', 'the serial number agrees');
  t.match(await of(version('renamed', 'renamed'), { device: 'sw-b' }), /^The capture is of renamed, and not of sw-b/);
});

t.test("Ansible's host is how a device was reached: the name that it shows goes first", async (t) => {
  const { of } = await operating(t);
  const played = (host: string, outputs: Readonly<Record<string, string>>, order: Partial<CaptureOrder> = {}) => {
    const json = { inventory_hostname: host, stdout: Object.values(outputs), commands: Object.keys(outputs) };
    const [first] = ansibleTexts(Buffer.from(JSON.stringify(json))) ?? [];
    return of(first?.text ?? '', { reachedAs: first?.host ?? null, ...order });
  };
  const of17 = (name: string) => ({
    'show version': `Cisco IOS XE Software, Version 17.03.03\n${name} uptime is 1 week`,
    'show license status': status,
  });
  for (const host of ['10.0.0.3', 'plant3_switch_c', 'sw-c', 'sw-c.example.com', '2001:db8::3', 'a host', 'Switch'])
    t.equal(await played(host, of17('sw-c')), 'sw-c', host);
  t.equal(await played('10.0.0.3', { 'show license status': status }), 'sw-c', 'by its address');
  t.equal(await played('sw-d', { 'show license status': status }), 'sw-d.plant1', 'by its label');
  t.equal(await played('10.0.0.3', of17('unheard-of')), 'sw-c', 'the inventory has the address, and nobody the name');
  t.equal(await played('192.0.2.7', { 'show license udi': udi('FOC2345A002') }), 'sw-b', 'by its serial number');
  t.match(await played('192.0.2.7', { 'show license status': status }), /^There is no device 192\.0\.2\.7/);
  t.match(await played('192.0.2.7', of17('unheard-of')), /^There is no device unheard-of/);
  t.match(await played('sw-b', { 'show license status': status }, { device: 'sw-a' }), /^The capture is of sw-b, and/);
  t.match(await played('192.0.2.7', { 'show license status': status }, { device: 'sw-a' }), /^The capture is of 192/);
});
