import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { changedKeys } from '../../src/config/changed-keys.ts';
import { examine, loadConfig } from '../../src/config/load.ts';
import { temporaryDirectory } from '../given.ts';

function fileWith(t: Test, syslog: object): string {
  const file = join(temporaryDirectory(t), 'config.yaml');
  writeFileSync(file, JSON.stringify({ syslog }));
  return file;
}

const open = { listen: '127.0.0.1:2514', cert: null, key: null, clientCa: null, peers: [] };
const secured = { listen: '127.0.0.1:2514', cert: 'a.pem', key: 'a.key' };

t.test('loadConfig() takes syslog.relp as an address or as keys, and an address by a variable or a flag', async (t) => {
  const relp = (sources: Partial<Parameters<typeof loadConfig>[0]>) =>
    loadConfig({ environment: {}, flags: {}, ...sources }).syslog.relp;
  t.equal(relp({}), null);
  t.same(relp({ file: fileWith(t, { relp: '127.0.0.1:2514' }) }), open);
  t.same(relp({ file: fileWith(t, { relp: { listen: '127.0.0.1:2514' } }) }), open);
  t.equal(relp({ file: fileWith(t, { relp: null }) }), null);
  t.same(relp({ environment: { QUOVADIS_SYSLOG_RELP: '127.0.0.1:2514' } }), open);
  t.same(relp({ environment: { QUOVADIS_SYSLOG_RELP_LISTEN: '127.0.0.1:2514' } }), open);
  t.same(relp({ flags: { 'syslog.relp.listen': '127.0.0.1:2514' } }), open);
  const file = fileWith(t, { relp: { ...secured, clientCa: 'ca.pem', peers: ['*.example.net'] } });
  t.same(relp({ file, flags: { 'syslog.relp.listen': '127.0.0.1:1' } }), {
    ...secured,
    ...{ listen: '127.0.0.1:1', clientCa: 'ca.pem', peers: ['*.example.net'] },
  });
  t.equal(relp({ file, flags: { 'syslog.relp.listen': 'off' } }), null);
  t.equal(relp({ file: fileWith(t, { relp: '127.0.0.1:2514' }), flags: { 'syslog.relp.listen': 'off' } }), null);
});

t.test('examine() says what is wrong with syslog.relp and syslog.proxy', async (t) => {
  for (const [syslog, problem] of [
    [{ relp: 'nowhere' }, /syslog\.relp\.listen: /],
    [{ relp: '127.0.0.1:70000' }, /syslog\.relp\.listen: .*65535/],
    [{ relp: 7 }, /syslog\.relp/],
    [{ relp: { ...open, cert: 'a.pem' } }, /syslog\.relp\.key: /],
    [{ relp: { ...open, key: 'a.key' } }, /syslog\.relp\.cert: /],
    [{ relp: { ...open, clientCa: 'ca.pem' } }, /syslog\.relp\.clientCa: /],
    [{ relp: { ...secured, peers: ['a.example.net'] } }, /syslog\.relp\.peers: .*clientCa/],
    [{ relp: { ...secured, port: 7 } }, /syslog\.relp\.port: unknown key/],
    [{ proxy: ['192.0.2.0/33'] }, /syslog\.proxy\[0\]: /],
    [{ proxy: '192.0.2.1' }, /syslog\.proxy: /],
  ] as const) {
    const { problems } = examine({ file: fileWith(t, syslog), environment: {}, flags: {} });
    t.equal(problems.length, 1, `${JSON.stringify(syslog)}: ${problems.join(' and ')}`);
    t.match(problems[0], problem);
  }
});

t.test(
  'changedKeys() needs a restart for what RELP listens on and whether with TLS, and for nothing else of it',
  async (t) => {
    const config = (syslog: object) => loadConfig({ file: fileWith(t, syslog), environment: {}, flags: {} });
    const plain = config({ relp: open.listen });
    t.match(changedKeys(plain, config({ relp: '127.0.0.1:2515' })), {
      changed: [],
      needsRestart: ['syslog.relp.listen'],
    });
    t.match(changedKeys(plain, config({ relp: secured })).needsRestart, ['syslog.relp.cert', 'syslog.relp.key']);
    t.match(changedKeys(config({ relp: secured }), config({ relp: { ...secured, cert: 'b.pem' } })), {
      changed: ['syslog.relp.cert'],
      needsRestart: [],
    });
    t.match(changedKeys(plain, config({ relp: open.listen, proxy: ['192.0.2.1'] })).changed, ['syslog.proxy']);
  },
);
