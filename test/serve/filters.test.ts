import t from 'tap';
import { event, HOUR, observed, T0 } from '../given.ts';
import { serving } from './served-store.ts';

const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' };
const revocation = { family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL' };

t.test('GET incidents, messages and devices list exactly the rows of their filters', async (t) => {
  const { server, commit } = serving(t);
  const say = (origin: string, peer: string, hours: number, over = {}) =>
    event(observed(T0 + hours * HOUR, over), { origin, peer });
  await commit(
    ...[say('sw-a', '192.0.2.1', 0, callHome), say('sw-a', '192.0.2.1', 1), say('sw-a', '192.0.2.1', 2, revocation)],
    ...[say('sw-b', '192.0.2.2', 0, callHome), say('sw-b', '192.0.2.2', 1)],
  );
  const http = await server.build();
  const [a, b] = ['qv-sw-a-1', 'qv-sw-b-1'];
  const rows: readonly (readonly [query: string, ids: readonly unknown[]])[] = [
    ['incidents', [a, b]],
    ['incidents?state=confirmed', [a]],
    ['incidents?state=suspected', [b]],
    ['incidents?state=resolved', []],
    ['incidents?severity=major', [a]],
    ['incidents?severity=warning', [b]],
    ['incidents?severity=critical', []],
    ['incidents?device=sw-a', [a]],
    ['incidents?device=sw-b', [b]],
    ['incidents?device=sw-none', []],
    ['incidents?device=sw-b&state=suspected&severity=warning', [b]],
    ['incidents?device=sw-b&state=confirmed', []],
    ['incidents?device=sw-b&severity=major', []],
    ['messages?device=sw-b', ['sw-b COMM_FAILED', 'sw-b SL_MESSAGE_FAILED']],
    ['messages?device=192.0.2.2', ['sw-b COMM_FAILED', 'sw-b SL_MESSAGE_FAILED']],
    ['messages?mnemonic=CRL_FETCH_FAIL', ['sw-a CRL_FETCH_FAIL']],
    ['messages?mnemonic=COMM_FAILED', ['sw-b COMM_FAILED', 'sw-a COMM_FAILED']],
    ['messages?mnemonic=COMM_FAILED&device=sw-a', ['sw-a COMM_FAILED']],
    ['messages?mnemonic=CRL_FETCH_FAIL&device=sw-b', []],
    [
      'messages?mnemonic=CRL_FETCH_FAIL,SL_MESSAGE_FAILED&device=sw-a',
      ['sw-a CRL_FETCH_FAIL', 'sw-a SL_MESSAGE_FAILED'],
    ],
    ['messages?facility=PKI', ['sw-a CRL_FETCH_FAIL']],
    ['messages?facility=PKI&mnemonic=COMM_FAILED', []],
    ['messages?facility=NONE', []],
    ['messages?from=2022-02-05T07:30:00Z', ['sw-a CRL_FETCH_FAIL']],
    ['messages?to=2022-02-05T06:30:00Z&device=sw-b', ['sw-b SL_MESSAGE_FAILED']],
    ['messages?plant=North', []],
    ['devices', ['sw-a', 'sw-b']],
    ['devices?condition=confirmed', ['sw-a']],
    ['devices?condition=suspected', ['sw-b']],
    ['devices?condition=ok', []],
    ['devices?plant=North', []],
  ];
  for (const [query, ids] of rows) {
    const { incidents, messages, devices } = (await http.inject(`/api/v1/${query}`)).json();
    const found = (incidents ?? messages ?? devices).map(
      (row: { id: string; device: string; mnemonic: string; key: string }) =>
        incidents ? row.id : messages ? `${row.device} ${row.mnemonic}` : row.key,
    );
    t.strictSame(found, ids, query);
  }
});
