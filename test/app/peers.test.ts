/** The real senders of syslog, and the real reader of the metrics. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { connected } from '../connected.ts';
import { FN72298_LINES, temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';
import { incidentsOf, metric, type Running, running, until } from './running.ts';

/** Stamps of today: where a relay's stamp is more than a day off, the clock of the device is wrong. */
const [, day = '', month = '', , time = ''] = new Date().toUTCString().split(' ');
const lines = FN72298_LINES.map(
  (line, index) => `${100 + index}: sw-a: ${month} ${day.replace(/^0/, ' ')} ${time}.${100 + index}: ${line}`,
);

async function oneConfirmed(t: Test, service: Running, evidence: number, device = 'sw-a') {
  const incidents = await until(
    () => incidentsOf(service.api),
    ([first]) => (first?.evidence ?? 0) >= evidence,
  );
  t.equal(incidents.length, 1);
  t.match(incidents[0], { device, state: 'confirmed', score: 8, evidence });
}

t.test('logger sends FN72298 by UDP: one incident', { skip: missing('logger', 'bsdutils') }, async (t) => {
  for (const form of ['--rfc5424', '--rfc3164']) {
    const service = await running(t);
    for (const line of lines) {
      const sent = spawnSync('logger', [
        '--server',
        '127.0.0.1',
        '--port',
        `${service.addresses.udp?.port}`,
        '--udp',
        form,
        '--',
        line,
      ]);
      t.equal(sent.status, 0, `${sent.stderr}`);
    }
    await oneConfirmed(t, service, 9);
  }
});

t.test('netcat sends FN72298 by TCP: one incident', { skip: missing('nc', 'netcat-openbsd') }, async (t) => {
  const service = await running(t);
  const netcat = spawn('nc', ['-N', '127.0.0.1', `${service.addresses.tcp?.port}`]);
  netcat.stdin.end(`${lines.map((line) => `<187>${line}`).join('\n')}\n`);
  await once(netcat, 'exit');
  await oneConfirmed(t, service, 9);
});

/** Starts rsyslog with this configuration, and stops it after the test. */
function rsyslog(t: Test, directory: string, configuration: readonly string[]): void {
  const work = join(directory, 'work');
  mkdirSync(work);
  const file = join(directory, 'rsyslog.conf');
  writeFileSync(file, [`global(workDirectory="${work}")`, ...configuration, ''].join('\n'));
  const daemon = spawn('/usr/sbin/rsyslogd', ['-n', '-f', file, '-i', join(directory, 'pid')]);
  const ended = once(daemon, 'exit');
  t.teardown(async () => {
    daemon.kill('SIGTERM');
    await ended;
  });
}

/** rsyslog gets these records from devices, and forwards them to the service by TCP in this way. */
async function relayed(t: Test, service: Running, records: readonly string[], template: string, framing: string) {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'devices.sock');
  const forward = `action(type="omfwd" target="127.0.0.1" port="${service.addresses.tcp?.port}" protocol="tcp"`;
  rsyslog(t, directory, [
    'module(load="imptcp")',
    `input(type="imptcp" path="${path}")`,
    ...(template.startsWith('RSYSLOG_') ? [] : [`template(name="relay" type="string" string="${template}")`]),
    `${forward} TCP_Framing="${framing}" template="${template.startsWith('RSYSLOG_') ? template : 'relay'}")`,
  ]);
  const socket = await connected(path);
  socket.end(records.map((record) => `${record}\n`).join(''));
}

const noRsyslog = missing('rsyslogd', 'rsyslog');

t.test('rsyslog forwards FN72298 with counts and without a PRI: one incident', { skip: noRsyslog }, async (t) => {
  for (const template of ['RSYSLOG_FileFormat', 'RSYSLOG_TraditionalFileFormat']) {
    const service = await running(t);
    const stamp = `${month} ${day.replace(/^0/, ' ')} ${time}`;
    const records = FN72298_LINES.map((line, index) => `<187>${stamp} sw-a ${100 + index}: ${line}`);
    await relayed(t, service, records, template, 'octet-counted');
    await oneConfirmed(t, service, 9);
    t.equal(await metric(service.api, 'quovadis_syslog_frames_total{framing="octet-counting"}'), 9);
  }
});

t.test('rsyslog puts its header before the records of a device: one incident', { skip: noRsyslog }, async (t) => {
  for (const [header, framing] of [
    ['<13>%TIMEGENERATED:::date-rfc3339% 192.0.2.50 ', 'traditional'],
    ['<13>1 %TIMEGENERATED:::date-rfc3339% 192.0.2.50 - - - - ', 'traditional'],
    ['<13>%TIMEGENERATED% relay-b <14>%TIMEGENERATED% 192.0.2.50 ', 'octet-counted'],
  ] as const) {
    const service = await running(t);
    const records = lines.map((line) => `<187>${line.replace('sw-a: ', '')}`);
    await relayed(t, service, records, `${header}%RAWMSG%${framing === 'traditional' ? '\\n' : ''}`, framing);
    await oneConfirmed(t, service, 9, '192.0.2.50');
    t.equal(await metric(service.api, 'quovadis_syslog_frames_total{framing="unframed"}'), 0, 'no header is a record');
  }
});

t.test('rsyslog forwards FN72298 on two ways: one incident, each message once', { skip: noRsyslog }, async (t) => {
  const service = await running(t);
  const directory = temporaryDirectory(t);
  const socket = join(directory, 'log.sock');
  rsyslog(t, directory, [
    'module(load="imuxsock" SysSock.Use="off")',
    `input(type="imuxsock" Socket="${socket}")`,
    `action(type="omfwd" target="127.0.0.1" port="${service.addresses.tcp?.port}" protocol="tcp" template="RSYSLOG_ForwardFormat")`,
    `action(type="omfwd" target="127.0.0.1" port="${service.addresses.udp?.port}" protocol="udp" template="RSYSLOG_TraditionalForwardFormat")`,
  ]);
  await until(
    async () => spawnSync('logger', ['--socket', socket, '--socket-errors=on', '--', 'are you there']).status,
    (status) => status === 0,
  );
  for (const line of lines) spawnSync('logger', ['--socket', socket, '--', line]);
  await until(
    () => metric(service.api, 'quovadis_messages_copied_total'),
    (copied) => (copied ?? 0) >= 9,
  );
  await oneConfirmed(t, service, 9);
  t.equal(await metric(service.api, 'quovadis_incidents{state="confirmed",severity="critical"}'), 1);
});

t.test('promtool finds nothing wrong with the metrics', { skip: missing('promtool', 'prometheus') }, async (t) => {
  const service = await running(t);
  const text = await (await fetch(`${service.api}/metrics`)).text();
  const check = spawnSync('promtool', ['check', 'metrics'], { input: text });
  t.equal(check.status, 0, `${check.stdout}${check.stderr}`);
});
