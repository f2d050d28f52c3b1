import t from 'tap';
import { configKeys } from '../../src/config/schema.ts';
import { liveTransports, sharedSettings, transports, withExclusivePorts } from '../../src/receive/transports.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const tls = { address: LOOPBACK, cert: new Uint8Array(), key: new Uint8Array(), ca: null, peers: [] };

t.test('transports name keys of the configuration', async (t) => {
  for (const name of liveTransports) {
    const { key } = transports[name];
    t.ok(
      configKeys.some((each) => each === key || each.startsWith(`${key}.`)),
      key,
    );
  }
});

t.test('withExclusivePorts() gives a port to the transports that several threads share, and to no other', async (t) => {
  const listen = { udp: LOOPBACK, tcp: LOOPBACK, tls, relp: null };
  const { udp, ...others } = await withExclusivePorts(listen);
  t.ok(udp !== null && udp.port > 0);
  t.same(others, { tcp: LOOPBACK, tls, relp: null });
  t.same(await withExclusivePorts({ udp: null, tcp: null, tls: null, relp: null }), {
    udp: null,
    tcp: null,
    tls: null,
    relp: null,
  });
});

t.test('sharedSettings() leaves the other threads what is shared, where the first one listens', async (t) => {
  const bound = { udp: { host: '127.0.0.1', port: 5514 }, tcp: { host: '127.0.0.1', port: 5515 } };
  t.same(sharedSettings({ udp: LOOPBACK, tcp: LOOPBACK, tls, relp: null }, bound), {
    udp: bound.udp,
    tcp: null,
    tls: null,
    relp: null,
  });
  t.same(sharedSettings({ udp: null, tcp: LOOPBACK, tls: null, relp: null }, {}), {
    udp: null,
    tcp: null,
    tls: null,
    relp: null,
  });
});
