/** The whole service over RELP: what is answered is stored, with and without TLS, and at a stop. */
import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';
import { connect as connectTls } from 'node:tls';
import t from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { defaults } from '../../src/config/schema.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { certificate, withoutOpenssl as skip } from '../receive/certificate.ts';
import { relpClient } from '../receive/relp-client.ts';
import { incidentsOf, metric, running } from './running.ts';

const syslog = { ...defaults.syslog, udp: null, tcp: null };
const open = { listen: '127.0.0.1:0', cert: null, key: null, clientCa: null, peers: [] };
const line = (counter: number, body: string, device = 'sw-a') => `<187>${counter}: ${device}: Mar  1 18:46:11: ${body}`;
const CHATTER = '%LINK-3-UPDOWN: Interface Gi1/0/1, changed state to up';
const OK = '200 OK';

t.test('a line is answered once it is stored, and one that nobody wants once it is counted', async (t) => {
  const service = await running(t, { syslog: { ...syslog, relp: open } });
  const { open: begin, send, answered } = await relpClient(service.addresses.relp?.port ?? 0);
  await begin();
  send(2, 'syslog', line(1, BODIES.callHome205));
  send(3, 'syslog', line(2, CHATTER));
  send(4, 'syslog', line(3, BODIES.commFailed));
  t.same((await answered(4)).slice(1), [`2 rsp ${OK}`, `3 rsp ${OK}`, `4 rsp ${OK}`]);
  t.match(await incidentsOf(service.api), [{ device: 'sw-a', evidence: 2 }], 'it is there when the answer is');
  t.equal(await metric(service.api, 'quovadis_syslog_connections{transport="relp"}'), 1);
});

t.test('at a stop what was read is stored and answered', async (t) => {
  const service = await running(t, { syslog: { ...syslog, relp: open } });
  const { open: begin, send, answers, answered, closed } = await relpClient(service.addresses.relp?.port ?? 0);
  await begin();
  for (let txnr = 2; txnr < 502; txnr++) send(txnr, 'syslog', line(txnr, BODIES.commFailed, `sw-${txnr % 50}`));
  // The first answer shows that lines were read.
  await answered(2);
  await service.stop();
  await closed;
  t.equal(answers.at(-1), '0 serverclose');
  const lines = answers.slice(1, -1);
  t.same(
    lines,
    lines.map((_, index) => `${index + 2} rsp ${OK}`),
    'each answer in its turn, and none is missing in between',
  );
});

t.test('the lines of a message of two are answered', async (t) => {
  const service = await running(t, { syslog: { ...syslog, relp: open } });
  const { open: begin, send, answered } = await relpClient(service.addresses.relp?.port ?? 0);
  await begin();
  send(2, 'syslog', line(1, '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed'));
  send(3, 'syslog', '<187>2: sw-a: Reason : Failed to get CRL');
  send(4, 'syslog', line(3, '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed'));
  t.same((await answered(4)).slice(1), [`2 rsp ${OK}`, `3 rsp ${OK}`, `4 rsp ${OK}`]);
});

t.test('RELP over TLS uses another certificate after a reload', { skip }, async (t) => {
  const [first, second] = [certificate(temporaryDirectory(t), 'first'), certificate(temporaryDirectory(t), 'second')];
  const relp = { ...open, cert: first.cert, key: first.key };
  const service = await running(t, { syslog: { ...syslog, relp } });
  const { port = 0 } = service.addresses.relp ?? {};
  const subject = async () => {
    const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { CN } = socket.getPeerCertificate().subject;
    const { open: begin, send, answered } = await relpClient(port, socket);
    await begin();
    send(2, 'syslog', line(1, BODIES.callHome205));
    t.equal((await answered(2))[1], `2 rsp ${OK}`);
    socket.destroy();
    return CN;
  };
  t.equal(await subject(), 'first');
  copyFileSync(second.cert, first.cert);
  copyFileSync(second.key, first.key);
  await service.reload();
  t.equal(await subject(), 'second');
});

t.test('send ends over RELP once all lines are stored, and says what was not taken', { skip }, async (t) => {
  const { cert, key } = certificate(temporaryDirectory(t), 'server');
  for (const [relp, tls] of [
    [open, undefined],
    [{ ...open, cert, key }, { ca: readFileSync(cert) }],
  ] as const) {
    const service = await running(t, { syslog: { ...syslog, relp } });
    const target = { host: '127.0.0.1', port: service.addresses.relp?.port ?? 0 };
    const sender = await openSender('relp', target, tls === undefined ? {} : { tls });
    for (let count = 1; count <= 300; count++) {
      const body = count % 2 === 0 ? BODIES.commFailed : BODIES.callHome205;
      await sender.line(Buffer.from(line(count, body, `sw-${count % 3}`)));
    }
    await sender.end();
    const incidents = await incidentsOf(service.api);
    t.equal(
      incidents.reduce((sum, { evidence }) => sum + evidence, 0),
      300,
    );
    await service.use({ ...defaults, syslog: { ...syslog, relp, allow: ['192.0.2.0/24'] } });
    await t.rejects(openSender('relp', target, tls === undefined ? {} : { tls }), { code: 'QVW_SEND_FAILED' });
  }
});
