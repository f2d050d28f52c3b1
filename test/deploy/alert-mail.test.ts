/** The mails that a real Alertmanager makes of alerts, with the shipped template: docs/sinks.md shows these texts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import type { Alert } from '../../src/core/announce/alerts.ts';
import type { Told } from '../../src/core/announce/told.ts';
import { postable } from '../../src/notify/alertmanager/payload.ts';
import { freePort, peer } from '../app/running.ts';
import { told } from '../core/announce/open-incident.ts';
import { advisory, DAY, HOUR, T0, temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const skip = missing('prometheus-alertmanager', 'prometheus-alertmanager');

const known = { product: 'IE-3300-8T2S', address: '192.0.2.8', graceUntil: T0 + 200 * DAY, graceUntilAtMost: null };
const affected = { ...known, release: '17.3.3', status: 'affected', fixedIn: '17.6.1' } as const;
const suspected = { state: 'suspected', level: 'suspected', severity: 'warning' } as const;
const examples: readonly (readonly [device: string | null, behind: readonly Told[]])[] = [
  ['sw-press-01', [told('sw-press-01', { plant: 'North', ...suspected, sender: '192.0.2.7' })]],
  [
    'sw-press-03',
    [
      told('sw-press-03', {
        ...{ plant: 'North', ...suspected, diagnosis: 'interception', recoveryVisible: false },
        ...{ ...known, release: '17.9.4', status: 'fixed' },
        checks: ['whether a proxy opens TLS on the way to Cisco', 'whether the trustpool is complete'],
      }),
    ],
  ],
  [
    null,
    [
      ...Array.from({ length: 9 }, (_, n) => told(`sw-${n}`, { plant: 'South', ...affected })),
      ...Array.from({ length: 3 }, (_, n) => told(`sw-x${n}`, { plant: 'South', ...affected, ...suspected })),
    ],
  ],
];

/** Takes mails on a free port of the loopback address. */
async function mailbox(t: Test): Promise<{ readonly port: number; readonly mails: Promise<readonly string[]> }> {
  const mails: string[] = [];
  let done: (mails: readonly string[]) => void = () => {};
  const all = new Promise<readonly string[]>((resolve) => {
    done = resolve;
  });
  const server = createServer((socket) => {
    let said = '';
    let inMail = false;
    socket.setEncoding('utf8');
    // Alertmanager is killed at the end, perhaps before it has said goodbye.
    socket.on('error', () => {});
    socket.write('220 mailbox ESMTP\r\n');
    socket.on('data', (text: string) => {
      said += text;
      for (;;) {
        const end = inMail ? '\r\n.\r\n' : '\r\n';
        const at = said.indexOf(end);
        if (at === -1) return;
        const piece = said.slice(0, at);
        said = said.slice(at + end.length);
        if (inMail) {
          // A line that begins with a full stop has a second one (RFC 5321 §4.5.2).
          mails.push(piece.replaceAll('\r\n..', '\r\n.'));
          if (mails.length === examples.length) done(mails);
        }
        const starts = !inMail && /^DATA/i.test(piece);
        socket.write(starts ? '354 go on\r\n' : '250 ok\r\n');
        inMail = starts;
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => server.close());
  return { port: (server.address() as AddressInfo).port, mails: all };
}

/** The subject of a mail, and the part that is plain text. */
function textOf(mail: string): string {
  const [, subject = ''] = /^Subject: (.*(?:\r\n[ \t].*)*)/m.exec(mail) ?? [];
  const [, quoted = ''] = /Content-Type: text\/plain[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(mail) ?? [];
  return `Subject: ${subject.replaceAll(/\r\n[ \t]/g, ' ')}\n\n${decoded(quoted).trim()}`;
}

/** Text in the encoding `quoted-printable`, of ASCII only. */
function decoded(quoted: string): string {
  return quoted
    .replaceAll('=\r\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll('\r\n', '\n');
}

t.test('docs/sinks.md has the mails that Alertmanager makes with the shipped template', { skip }, async (t) => {
  const { port: smtp, mails } = await mailbox(t);
  const directory = temporaryDirectory(t);
  const port = await freePort();
  const template = (name: string) => `{{ template "quovadis.${name}" . }}`;
  const mail = {
    ...{ to: 'network@example.net', from: 'alerts@example.net', smarthost: `127.0.0.1:${smtp}`, require_tls: false },
    ...{ headers: { Subject: template('subject') }, text: template('text'), html: template('html') },
  };
  const config = {
    templates: [join(root, 'deploy/alertmanager/*.tmpl')],
    route: { receiver: 'mail', group_by: ['plant', 'device'], group_wait: '1s' },
    receivers: [{ name: 'mail', email_configs: [mail] }],
  };
  const file = join(directory, 'alertmanager.yaml');
  writeFileSync(file, stringify(config));
  const api = `http://127.0.0.1:${port}`;
  const args = [`--config.file=${file}`, `--storage.path=${directory}`, `--web.listen-address=127.0.0.1:${port}`];
  await peer(t, 'prometheus-alertmanager', [...args, '--cluster.listen-address='], async () => {
    if (!(await fetch(`${api}/-/ready`)).ok) throw new Error('not ready');
  });
  const moment = { advisory, publicUrl: 'https://watch.example.net', now: T0 + 3 * DAY + HOUR, resendMs: HOUR };
  const alerts = examples.map(([device, behind]) => {
    const { plant, severity } = behind[0] as Told;
    const subject = device === null ? `plant ${plant}` : `qv-${device}-1`;
    const alert: Alert = { subject, device, plant: plant ?? '', severity, startsAt: T0, endsAt: null };
    return { ...postable(alert, behind, moment), endsAt: new Date(Date.now() + HOUR).toISOString() };
  });
  const headers = { 'content-type': 'application/json' };
  const posted = await fetch(`${api}/api/v2/alerts`, { method: 'POST', headers, body: JSON.stringify(alerts) });
  t.equal(posted.status, 200, await posted.text());
  const texts = (await mails).map(textOf).sort();
  const page = readFileSync(join(root, 'docs/sinks.md'), 'utf8');
  const shown = [...page.matchAll(/```text\n(Subject: [\s\S]*?)\n```/g)].map(([, text = '']) => text).sort();
  t.same(texts, shown);
  const html = (await mails).map(decoded).join('\n');
  t.match(html, /<pre [^>]*>config t\ncrypto pki trustpool import url [^\n]*\nexit\n/, 'commands keep their lines');
});
