import t from 'tap';
import { type Config, defaults } from '../../src/config/schema.ts';
import { unprotected } from '../../src/config/unprotected.ts';

const tls = { listen: '0.0.0.0:6514', cert: 'c', key: 'k', clientCa: null, peers: [] };
const off = { udp: null, tcp: null, tls: null, relp: null };
const config = (syslog: Partial<Config['syslog']>, http: Partial<Config['http']> = {}): Config => ({
  ...defaults,
  syslog: { ...defaults.syslog, ...off, ...syslog },
  http: { ...defaults.http, ...http },
});
const tokens = { readTokens: ['0123456789abcdef'] };

t.test('unprotected() names what is open, and the key that closes it', async (t) => {
  const all = unprotected(defaults).join('\n');
  for (const words of [/^syslog over UDP, TCP is not encrypted/, /syslog\.allow/, /every program on this machine/])
    t.match(all, words);
  for (const [name, given, expected] of [
    ['nothing', config({}, tokens), []],
    ['only this machine', config({ udp: '127.0.0.1:514', tcp: '[::1]:514' }, tokens), []],
    [
      'TLS without a CA',
      config({ tls, allow: ['192.0.2.0/24'] }, tokens),
      ['senders over TLS need no certificate (syslog.tls.clientCa)'],
    ],
    ['TLS with a CA', config({ tls: { ...tls, clientCa: 'ca' }, allow: ['192.0.2.0/24'] }, tokens), []],
    [
      'HTTP for everybody',
      config({}, { listen: '0.0.0.0:9514' }),
      [
        'everybody who reaches the HTTP port may read (http.readTokens)',
        'HTTP is not encrypted: tokens can be read on the network (http.tls)',
      ],
    ],
    ['HTTP off', config({}, { listen: null }), []],
  ] as const)
    t.same(unprotected(given), expected, name);
});
