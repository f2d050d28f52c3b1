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
