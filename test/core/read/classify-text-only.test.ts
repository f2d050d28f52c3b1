/** The meaning of a message if the grammar does not read its body. */
import t from 'tap';
import { findMessageCode } from '../../../src/core/decode/message-code.ts';
import { makeParser } from '../../../src/core/parse/parse.ts';
import { classify, peersOf } from '../../../src/core/read/classify.ts';
import { advisory, BODIES } from '../../given.ts';

const parse = makeParser();

function read(line: string) {
  const bytes = Buffer.from(line);
  const code = findMessageCode(bytes, 0, bytes.length);
  if (code === null) throw new Error(line);
  const message = parse(code, bytes.toString('utf8', code.body));
  const { kind, family } = classify(message, advisory);
  return [message.outcome, kind, family, peersOf(message, advisory).join()];
}

t.test('classify() and peersOf() find trustpoint and peer in a body that the grammar does not read', async (t) => {
  const rows: readonly (readonly [line: string, ...expected: unknown[]])[] = [
    [BODIES.crlSla, 'parsed', 'failure', 'revocation', ''],
    [
      '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed (sw-a-2)',
      'parsed',
      'failure',
      'revocation',
      '',
    ],
    [
      '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint gave up',
      'text-only',
      'failure',
      'revocation',
      '',
    ],
    ['%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint DNAC-CA gave up', 'text-only', 'neutral', null, ''],
    ['%PKI-3-CRL_FETCH_FAIL: gave up', 'text-only', 'neutral', null, ''],
    [BODIES.commRestoredCslu, 'parsed', 'recovery', null, 'cslu'],
    [`${BODIES.commRestoredCslu} (sw-a-2)`, 'parsed', 'recovery', null, 'cslu'],
    [
      '%SMART_LIC-5-COMM_RESTORED: Restored with Cisco Smart License Utility (CSLU) now',
      'text-only',
      'recovery',
      null,
      'cslu',
    ],
    ['%SMART_LIC-5-COMM_RESTORED: Restored with somebody', 'text-only', 'recovery', null, ''],
  ];
  for (const [line, ...expected] of rows) t.strictSame(read(line), expected, line);
});
