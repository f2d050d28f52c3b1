/** What people do over HTTP and by command, on a running service. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { defaults } from '../../src/config/schema.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { matchWhole } from '../match-whole.ts';
import { get, incidentsOf, MAIN, metric, type Running, running, until } from './running.ts';

const TRUSTPOOL = (serial: string, name: string) =>
  `CA Certificate\n  Certificate Serial Number (hex): ${serial}\n  Subject:\n    cn=${name}\n  Validity Date:\n    start date: 02:27:00 CST Nov 25 2006\n    end date: 02:23:33 CST Nov 25 2031\n  Associated Trustpoints: Trustpool\n  Trustpool: Built-In\n`;
const NEW = TRUSTPOOL('0A0142800000014523C844B500000002', 'IdenTrust Commercial Root CA 1');
const OLD = TRUSTPOOL('0509', 'QuoVadis Root CA 2');

const REGISTRATION =
  '%SMART_LIC-3-AGENT_REG_FAILED: Smart Agent for Licensing Registration with the Cisco Smart Software Manager (CSSM) failed: no reason';

type Answer = { status: number; body: Record<string, unknown> };

/** Sends what a client sends; `headers` may say anything, as those of a raw client. */
async function write(
  api: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const type: Record<string, string> =
    body === undefined ? {} : { 'content-type': typeof body === 'string' ? 'text/csv' : 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = request(`${api}/api/v1${path}`, { method, headers: { ...type, ...headers } }, async (response) => {
      const answer = Buffer.concat(await response.toArray()).toString();
      resolve({ status: response.statusCode ?? 0, body: JSON.parse(answer) });
    });
    sent.on('error', reject).end(text);
  });
}

/** Three symptoms with a score of 4: suspected, and confirmed on an affected release. The last line opens the incident. */
async function suspected(service: Running, ...devices: readonly string[]): Promise<void> {
  const sender = await openSender('tcp', service.addresses.tcp as { host: string; port: number });
  for (const device of devices) {
    for (const [number, body] of [REGISTRATION, BODIES.commFailed, BODIES.callHome205].entries())
      await sender.line(Buffer.from(`<187>${number + 12}: ${device}: Mar  1 18:46:11.12${number}: ${body}`));
  }
  await sender.end();
  await until(
    () => incidentsOf(service.api),
    (incidents) => incidents.length === devices.length,
  );
}

t.test('POST incidents/:id acknowledges, notes, closes and reopens', async (t) => {
  const service = await running(t);
  await suspected(service, 'sw-a');
  const post = (action: string, body?: unknown) => write(service.api, 'POST', `/incidents/qv-sw-a-1/${action}`, body);
  t.match(await post('acknowledge'), { status: 200, body: { acknowledged: { by: 'operator' }, state: 'suspected' } });
  matchWhole(t, await post('notes', { by: 'kim', text: 'ordered a window' }), {
    body: { notes: [{ kind: 'acknowledged' }, { kind: 'note', by: 'kim', text: 'ordered a window' }] },
  });
  matchWhole(t, await incidentsOf(service.api), [{ acknowledged: { by: 'operator' } }], 'the list shows it, too');
  t.match(await post('notes', {}), { status: 400, body: { detail: /text/ } });
  t.match(await post('notes', { text: 'a', on: 1 }), { status: 400 }, 'unknown keys are an error');
  t.match(await post('reopen'), { status: 409, body: { detail: /is open/ } });
  matchWhole(t, await post('close', { by: 'kim', text: 'taken out of the plant' }), {
    status: 200,
    body: { state: 'closed', changes: [{}, { type: 'IncidentClosed', reason: 'closed-by-operator' }] },
  });
  t.match(await post('close', { text: 'again' }), { status: 409 });
  t.equal(await metric(service.api, 'quovadis_incident_transitions_total{to="closed"}'), 1);
  t.equal(await metric(service.api, 'quovadis_incidents{state="closed",severity="warning"}'), 1);
  t.match(await post('reopen', { text: 'it is back' }), {
    body: { state: 'suspected', acknowledged: null, regressions: 0 },
  });
  t.match(await write(service.api, 'POST', '/incidents/qv-none-1/close', { text: 'x' }), { status: 404 });
});

t.test('POST inventory takes CSV and JSON, PUT one row; devices and fleet show it', async (t) => {
  const service = await running(t);
  await suspected(service, 'sw-a', 'sw-b', 'sw-c');
  const csv =
    'hostname,address,pid,release,plant,licensing,rack\nsw-a,192.0.2.1,IE-3300-8T2S,17.3.3,North,online,1\nsw-b,,IE-3300-8T2S,17.6.1,North,SLR,\n,,,,South,,\nsw-z,,,,South,,\n';
  matchWhole(t, await write(service.api, 'POST', '/inventory', csv), {
    status: 200,
    body: { taken: 3, unchanged: 0, rejected: [{ line: 4 }], ignored: ['rack'] },
  });
  t.match(await write(service.api, 'POST', '/inventory', csv), { body: { taken: 0, unchanged: 3 } });
  t.match(await write(service.api, 'POST', '/inventory', [{ hostname: 'sw-y', plant: 'South' }]), {
    body: { taken: 1 },
  });
  t.match(await write(service.api, 'POST', '/inventory', 'a,b\n1,2\n'), { status: 400, body: { detail: /heading/ } });
  t.same((await incidentsOf(service.api)).map(({ device, state }) => `${device} ${state}`).sort(), [
    'sw-a confirmed',
    'sw-b suppressed',
    'sw-c suspected',
  ]);
  t.match(await get(`${service.api}/api/v1/devices/192.0.2.1`), {
    key: 'sw-a',
    plant: 'North',
    status: 'affected',
    explanation: { facts: { release: { value: '17.3.3', from: 'inventory' }, fixedIn: '17.6.1' } },
  });
  matchWhole(t, await get(`${service.api}/api/v1/devices/sw-b`), {
    condition: 'suppressed',
    explanation: { hints: [/inventory says SLR, but the device connects online/, /^no evidence of recovery/] },
  });
  matchWhole(t, await get(`${service.api}/api/v1/devices?plant=South`), {
    devices: [{ key: 'sw-y' }, { key: 'sw-z' }],
  });
  matchWhole(t, await get(`${service.api}/api/v1/fleet`), {
    all: { devices: 5, affected: 1, fixed: 1, conditions: { unheard: 2, confirmed: 1, suppressed: 1, suspected: 1 } },
    plants: [
      { name: 'North', devices: 2, grace: { bounded: 1 } },
      { name: 'South', devices: 2 },
      { name: 'unknown', devices: 1 },
    ],
  });
  t.match(await write(service.api, 'PUT', '/devices/sw-c/inventory', { plant: 'East', release: '17.3.1' }), {
    status: 200,
    body: { key: 'sw-c', plant: 'East', release: '17.3.1', inventory: { hostname: 'sw-c' } },
  });
  t.match(await write(service.api, 'PUT', '/devices/sw-c/inventory', { hostname: 'sw-new' }), {
    body: { key: 'sw-new', plant: null },
  });
  t.match(await get(`${service.api}/api/v1/devices/sw-c`), { key: 'sw-new' }, 'the old name still finds it');
  t.match(await write(service.api, 'PUT', '/devices/sw-a/inventory', { licensing: 'maybe' }), { status: 400 });
  t.match(await write(service.api, 'PUT', '/devices/sw-a/inventory', { colour: 'red' }), { status: 400 });
});

t.test(
  'GET fleet/next lists what to repair, the most urgent first, and nothing that a spreadsheet would run',
  async (t) => {
    const service = await running(t);
    await suspected(service, 'sw-a', 'sw-b', 'sw-c');
    await write(
      service.api,
      'POST',
      '/inventory',
      'hostname,pid,release,plant,licensing\nsw-a,,,=1+1,\nsw-b,IE-3300-8T2S,17.3.3,,\nsw-c,,,,PLR\n',
    );
    const { tasks } = await get<{
      tasks: { device: string; state: string; fixedIn: string | null; commands: string[] }[];
    }>(`${service.api}/api/v1/fleet/next`);
    t.strictSame(
      tasks.map(({ device, state, fixedIn }) => [device, state, fixedIn]),
      [
        ['sw-b', 'confirmed', '17.6.1'],
        ['sw-a', 'suspected', null],
      ],
      'with offline licensing nothing is repaired',
    );
    t.match(tasks[0]?.commands[1], /^crypto pki trustpool import url http/);
    matchWhole(t, await get(`${service.api}/api/v1/fleet/next?limit=1`), { tasks: [{ device: 'sw-b' }] });
    const response = await fetch(`${service.api}/api/v1/fleet/next?format=csv&limit=2`);
    t.match(response.headers.get('content-type'), /^text\/csv/);
    const text = await response.text();
    t.match(text, /^device,hostname,/);
    t.match(text, /,'=1\+1,/);
  },
);

t.test('POST devices/:key/trustpool keeps what was seen, and a new root is a repair', async (t) => {
  const service = await running(t);
  await suspected(service, 'sw-a');
  const look = (body: string) =>
    write(service.api, 'POST', '/devices/SW-A/trustpool', body, { 'content-type': 'text/plain' });
  t.match(await look(OLD), { status: 200, body: { newRoot: 'absent', next: /missing/, remediation: null } });
  matchWhole(t, await get(`${service.api}/api/v1/devices/sw-a`), {
    explanation: { hints: [/new root was missing/, /^no evidence of recovery/] },
  });
  t.match(await look(NEW + OLD), { body: { newRoot: 'present', remediation: { state: 'seen', by: 'check' } } });
  t.match(await get(`${service.api}/api/v1/devices/sw-a`), {
    condition: 'suspected',
    trustpool: { newRoot: 'present', certificates: 2 },
    remediation: { state: 'seen' },
  });
  const listing = OLD.replace('  Trustpool: Built-In\n', '  Storage: nvram:Example#1CA.cer\n');
  for (const text of ['% Invalid input', listing]) {
    t.match(await look(text), { status: 400, body: { detail: /not the output of.*up to the next prompt/ } });
  }
  t.match(await get(`${service.api}/api/v1/devices/sw-a`), { trustpool: { newRoot: 'present' } }, 'nothing was kept');
  t.match(await write(service.api, 'POST', '/devices/none/trustpool', NEW, { 'content-type': 'text/plain' }), {
    status: 404,
  });
});

t.test('guardWriting() lets only those write who may', async (t) => {
  const http = { ...defaults.http, listen: '127.0.0.1:0' };
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const rows = [
    ['loopback, no tokens', http, {}, 200],
    ['loopback by name', http, { host: 'localhost:1' }, 200],
    ['a web page', http, { origin: 'https://www.example.net' }, 403],
    ['a page whose name points here', http, { host: 'www.example.net' }, 403],
    ['an opaque origin', http, { origin: 'null' }, 403],
    ['every interface, no tokens', { ...http, listen: '0.0.0.0:0' }, {}, 403],
    ['read tokens only', { ...http, readTokens: ['r'] }, bearer('r'), 403],
    ['no token', { ...http, writeTokens: ['w'] }, {}, 401],
    ['a read token', { ...http, readTokens: ['r'], writeTokens: ['w'] }, bearer('r'), 403],
    ['an unknown token', { ...http, readTokens: ['r'], writeTokens: ['w'] }, bearer('x'), 401],
    ['the write token', { ...http, readTokens: ['r'], writeTokens: ['w'] }, bearer('w'), 200],
  ] as const;
  for (const [why, config, headers, status] of rows) {
    const service = await running(t, {
      http: { ...config, readTokens: [...config.readTokens], writeTokens: [...config.writeTokens] },
    });
    const answer = await write(service.api, 'POST', '/inventory', 'hostname\nsw-a\n', headers);
    t.equal(answer.status, status, why);
    if (status !== 200) t.match(answer.body, { status, title: /Forbidden|Unauthorized/ });
    const token = config.writeTokens[0] ?? config.readTokens[0];
    const read = await fetch(`${service.api}/api/v1/devices`, token === undefined ? {} : { headers: bearer(token) });
    t.match(await read.json(), { devices: { length: status === 200 ? 1 : 0 } });
    await service.stop();
  }
});

t.test('GET stream reports changes as they are committed', async (t) => {
  const service = await running(t);
  const stream = await fetch(`${service.api}/api/v1/stream`);
  t.match(stream.headers.get('content-type'), /^text\/event-stream/);
  const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
  await suspected(service, 'sw-a');
  let heard = '';
  while (!heard.includes('IncidentSuspected')) heard += Buffer.from((await reader.read()).value ?? []).toString();
  const data = /^event: change\ndata: (.*)$/m.exec(heard)?.[1] ?? '';
  t.match(JSON.parse(data), { incident: 'qv-sw-a-1', device: 'sw-a', to: 'suspected', from: null });
  await reader.cancel();
});

t.test('DELETE and the command delete devices, close their incidents and notify the sinks', async (t) => {
  const data = temporaryDirectory(t);
  const service = await running(t, { data });
  await suspected(service, 'sw-a', 'sw-b', 'sw-c', 'sw-d');
  const forget = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'forget', ...args, '--data', data], {
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  const left = async () => (await incidentsOf(service.api)).map(({ device }) => device).sort();
  t.match(await write(service.api, 'DELETE', '/devices/sw-a?by=kim'), { status: 200, body: { forgotten: 'sw-a' } });
  t.equal(await metric(service.api, 'quovadis_incident_transitions_total{to="closed"}'), 1);
  t.equal(await metric(service.api, 'quovadis_incidents{state="closed",severity="warning"}'), 0);
  t.match(await write(service.api, 'DELETE', '/devices/sw-a'), { status: 404 });
  t.same(await left(), ['sw-b', 'sw-c', 'sw-d']);
  t.match(forget('sw-b'), { status: 0, stdout: '1 device deleted\n' });
  t.match(forget('sw-c', 'sw-none'), { status: 2, stderr: /no device sw-none.*QVW_NOT_FOUND/ });
  t.match(forget('sw-c', '--not-listed'), { status: 2, stderr: /QVW_USAGE/ });
  t.match(forget(), { status: 2, stderr: /QVW_USAGE/ });
  t.match(forget('--not-listed'), { status: 2, stderr: /the inventory has no device.*repeat with --yes/ });
  await write(service.api, 'POST', '/inventory', 'hostname\nsw-c\n');
  t.match(forget('--not-listed'), { status: 0, stdout: /^1 device is not in the inventory: repeat with --yes/ });
  t.same(await left(), ['sw-c', 'sw-d'], 'nothing was forgotten');
  t.match(forget('--not-listed', '--yes'), { status: 0, stdout: '1 device deleted\n' });
  t.same(await left(), ['sw-c'], 'the service sees it');
  await write(service.api, 'DELETE', '/devices/sw-c');
  t.match(forget('--not-listed', '--yes'), { status: 0, stdout: '0 devices deleted\n' }, 'without an inventory');
});

t.test('GET unparsed lists what the grammar could not read, the latest first', async (t) => {
  const service = await running(t);
  const sender = await openSender('tcp', service.addresses.tcp as { host: string; port: number });
  for (const word of ['first', 'second'])
    await sender.line(Buffer.from(`<187>1: sw-a: %SMART_LIC-3-COMM_FAILED: ${word}`));
  await sender.end();
  type Unparsed = { lines: { raw: string; why: string }[]; next: string | null };
  const ask = (query: string) => get<Unparsed>(`${service.api}/api/v1/unparsed?${query}`);
  const { lines, next } = await until(
    () => ask('limit=1'),
    (page) => page.next !== null,
  );
  matchWhole(t, lines, [{ raw: /second/, why: 'unknown-body', device: 'sw-a' }]);
  matchWhole(t, await ask(`limit=1&cursor=${next}`), { lines: [{ raw: /first/ }], next: null });
});

t.test('inventory, next and trustpool work on the database, also of a running service', async (t) => {
  const data = temporaryDirectory(t);
  const service = await running(t, { data });
  await suspected(service, 'sw-a');
  const run = (args: readonly string[], input = '') => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { input, encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  const file = join(data, 'inventory.csv');
  writeFileSync(file, 'hostname,pid,release\nsw-a,IE-3300-8T2S,17.3.3\nlocalhost,,\n');
  t.match(run(['inventory', file, '--data', data]), {
    status: 2,
    stdout: '1 row imported, 0 unchanged, 1 rejected\n',
    stderr: /inventory\.csv:3: hostname localhost names no device\n.*1 row rejected/s,
  });
  t.match(run(['inventory', '-', '--data', data, '--json'], 'hostname,pid,release\nsw-a,IE-3300-8T2S,17.3.3\n'), {
    status: 0,
    stdout: /"taken":0,"unchanged":1/,
  });
  matchWhole(t, await incidentsOf(service.api), [{ device: 'sw-a', state: 'confirmed' }], 'the service sees it');
  t.match(run(['next', '--data', data]), { status: 0, stdout: /\nsw-a,.*qv-sw-a-1,confirmed/ });
  t.match(run(['trustpool', '-', '--device', 'sw-a', '--data', data], NEW), { status: 0, stdout: /present/ });
  t.match(await get(`${service.api}/api/v1/devices/sw-a`), { remediation: { state: 'seen', by: 'check' } });
  t.match(run(['explain', 'sw-a', '--data', data]), { status: 0, stdout: /Remediation seen/ });
  for (const args of [
    ['inventory', '/nonexistent.csv', '--data', data],
    ['next', '--data', join(data, 'none')],
    ['trustpool', '-', '--device', 'nobody', '--data', data],
  ]) {
    const { status, stderr } = run(args, NEW);
    t.match([status, stderr.trim().split('\n').length], [2, 1], stderr);
  }
});
