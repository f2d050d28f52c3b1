import t from 'tap';
import { liveTime } from '../../../src/core/read/event-time.ts';
import { advisory, BODIES, FN72298_LINES, frameOf, makeReader } from '../../given.ts';

const read = makeReader(
  advisory,
  liveTime(() => 0),
);
const meaning = (line: string) => {
  const { kind, family, cause } = read(frameOf(line));
  return [kind, family, cause];
};

const rows: readonly (readonly [line: string, meaning: readonly (string | null)[], why: string])[] = [
  [BODIES.callHome205, ['failure', 'call-home', 'transport'], 'aborted: the result of a failed TLS handshake'],
  [BODIES.callHome207, ['failure', 'call-home', 'network'], 'timed out before TLS'],
  [BODIES.commFailed, ['failure', 'communication', 'transport'], 'the session was aborted'],
  [BODIES.commDns, ['failure', 'communication', 'dns'], 'the name did not resolve'],
  [BODIES.authSendError, ['failure', 'authorization', 'ambiguous'], 'the text of any error'],
  [BODIES.authSignature, ['failure', 'trust-proof', 'trust'], 'the reason outweighs the mnemonic'],
  [BODIES.crlSla, ['failure', 'revocation', 'network'], 'FN72298 lists the timeout'],
  [BODIES.crlOther, ['neutral', null, 'configuration'], 'an unrelated trustpoint'],
  [BODIES.outOfCompliance, ['consequence', 'consequence', null], 'only the severity rises'],
  [BODIES.commRestored, ['recovery', null, null], 'the primary recovery'],
  [FN72298_LINES[7], ['failure', 'trust-proof', 'trust'], 'the event line without a message code'],
  [
    'SAEVT_DEREGISTER_STATUS msgStatus="LS_SUCCESS" error="none"',
    ['neutral', null, 'ambiguous'],
    'another status proves nothing',
  ],
  [
    '%SMART_LIC-3-COMM_FAILED: a wording nobody has seen',
    ['failure', 'communication', 'ambiguous'],
    'text-only still counts',
  ],
  [
    '%SMART_LIC-3-COMM_FAILED: odd; Unable to resolve server hostname',
    ['failure', 'communication', 'dns'],
    'the whole text is searched',
  ],
  ['%SMART_LIC-6-NEVER_SEEN: x', ['neutral', null, null], 'not in the catalogue'],
];

t.test('classify() returns the meaning of a message under the advisory', async (t) => {
  for (const [line, expected, why] of rows) t.same(meaning(line), expected, why);
});

t.test('classify() says which server failed, and in which manner', async (t) => {
  const sent = (url: string, error = '205 : Request Aborted') =>
    `%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: ${url} (ERR ${error})`;
  const failed = (peer: string, reason: string) =>
    `%SMART_LIC-3-COMM_FAILED: Communications failure with the ${peer} : ${reason}`;
  const [CSSM, ABORTED] = ['Cisco Smart Software Manager (CSSM)', 'Fail to send out Call Home HTTP message'];
  const rows: readonly (readonly [line: string, server: string | null, manner: string | null])[] = [
    [sent('https://tools.cisco.com/its/service'), 'cisco', 'aborted'],
    [sent('https://TOOLS.CISCO.COM./its/service'), 'cisco', 'aborted'],
    [sent('https://cisco.com/its/service'), 'cisco', 'aborted'],
    [sent('https://notcisco.com/its/service'), 'own', 'aborted'],
    [sent('https://tools.cisco.com.example.net/its'), 'own', 'aborted'],
    [sent('http://192.0.2.9:80/its'), 'own', 'aborted'],
    [sent('http://[2001:db8::9]/its'), 'own', 'aborted'],
    [sent('http://cslu-local:8182/cslu'), 'cslu', 'aborted'],
    [sent('https://<;ip>/its/service'), 'unnamed', 'aborted'],
    [
      '%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: https://tools.ci',
      'unnamed',
      'aborted',
    ],
    [sent('https://tools.cisco.com/its', '207 : Connection time out'), 'cisco', 'timeout'],
    [sent('https://tools.cisco.com/its', '999 : Something new'), 'cisco', 'aborted'],
    [failed(CSSM, ABORTED), 'cisco', 'aborted'],
    [failed('Cisco Smart Software Manager or satellite', ABORTED), 'cisco', 'aborted'],
    [failed('Cisco Smart Software Manager satellite', ABORTED), 'own', 'aborted'],
    [failed('Cisco Smart Software Manager On-Prem', ABORTED), 'own', 'aborted'],
    [failed('CSSM OnPrem', ABORTED), 'own', 'aborted'],
    [failed('Cisco Smart License Utility (CSLU)', ABORTED), 'cslu', 'aborted'],
    [failed('licensing cloud', ABORTED), 'cisco', 'aborted'],
    [failed('somebody', ABORTED), 'unnamed', 'aborted'],
    [failed(CSSM, 'No detailed information given'), 'cisco', 'aborted'],
    [failed(CSSM, 'server TLS cert cannot be validated'), 'cisco', 'refused'],
    [failed(CSSM, 'Unable to resolve server hostname/domain name'), 'cisco', 'unresolved'],
    [failed(CSSM, 'Connection timed out'), 'cisco', 'timeout'],
    [failed(CSSM, 'smart license transport is disabled'), 'cisco', 'disabled'],
    [failed(CSSM, 'The registration token is not valid'), 'cisco', 'denied'],
    [BODIES.crlSla, 'unnamed', 'timeout'],
    [BODIES.crlOther, null, null],
    [BODIES.commRestored, null, null],
    [BODIES.outOfCompliance, null, null],
    [BODIES.chatter, null, null],
  ];
  for (const [line, server, manner] of rows) {
    const { serverKind, manner: found } = read(frameOf(line));
    t.strictSame([serverKind, found], [server, manner], line);
  }
});

t.test('classify() takes a host of one label for itself only', async (t) => {
  const readWith = makeReader(
    { ...advisory, hosts: [{ host: 'com', server: 'cisco' }] },
    liveTime(() => 0),
  );
  const kindOf = (host: string) => readWith(frameOf(BODIES.callHome205.replace('tools.cisco.com', host))).serverKind;
  t.strictSame([kindOf('com'), kindOf('example.com')], ['cisco', 'own']);
});

t.test('makeReader() parses the nine lines of FN72298, with their fields', async (t) => {
  const lines = FN72298_LINES.map((line) => read(frameOf(line)));
  t.same(
    lines.map(({ outcome }) => outcome),
    FN72298_LINES.map(() => 'parsed'),
  );
  const fields = lines.map((line) =>
    Object.fromEntries(Object.entries(line.fields).filter(([, value]) => value !== null)),
  );
  const crl = { trustpoint: 'SLA-TrustPoint', reason: 'Failed to select socket. Timeout : 5 (Connection timed out)' };
  t.same(fields, [
    { url: 'https://<;ip>/its/service/oddce/services/DDCEService', errorCode: 205, errorText: 'Request Aborted' },
    { server: 'Cisco Smart Software Manager or satellite', reason: 'Fail to send out Call Home HTTP message' },
    { server: 'Cisco Smart Software Manager or satellite', reason: 'Communication message send error' },
    crl,
    crl,
    {},
    {
      server: 'Cisco Smart Software Manager (CSSM)',
      reason: 'Error received from Smart Software Manager: Data and signature do not match',
      pid: 'IE3300',
      serial: 'XXXXXXXXXXX',
    },
    {
      reason:
        'Missing Id cert serial number field; Missing signing cert serial number field; Signed data and certificate does not match',
    },
    { server: 'Cisco Smart Software Manager (CSSM)', reason: 'No detailed information given' },
  ]);
});
