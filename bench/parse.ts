/** Header and body of matching lines, with derivations used again and with every line parsed anew. */
import { findCore } from '../src/core/decode/core-finder.ts';
import { makeDecoder } from '../src/core/decode/envelope.ts';
import type { Frame } from '../src/core/message.ts';
import { makeParser } from '../src/core/parse/parse.ts';

const LINES = 100_000;
const context = { reference: Date.UTC(2022, 2, 2), zoneOffset: () => 0, past: true };
const bodies = [
  '%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: https://tools.cisco.com/its/service/oddce/services/DDCEService (ERR 205 : Request Aborted)',
  '%SMART_LIC-3-COMM_FAILED: Communications failure with the Cisco Smart Software Manager (CSSM) : Fail to send out Call Home HTTP message.',
  '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed Reason : Failed to select socket. Timeout : 5 (Connection timed out)',
];
const frames = Array.from({ length: LINES }, (_, index): Frame => {
  const bytes = Buffer.from(
    `<187>${index}: sw-${index % 5000}: Mar  1 2022 06:00:00.${100 + (index % 900)} UTC: ${bodies[index % bodies.length]}`,
  );
  return { bytes, start: 0, end: bytes.length, peer: null, transport: 'file', receivedAt: 0, truncated: false };
});

function rate(reuse: boolean): number {
  const decode = makeDecoder({ reuse });
  const parse = makeParser({ reuse });
  const started = performance.now();
  for (const frame of frames) {
    const core = findCore(frame.bytes, frame.start, frame.end);
    if (core === null) throw new Error('every line here has a core');
    decode(frame, core.start, context);
    parse(core, frame.bytes.toString('utf8', core.body, frame.end));
  }
  return LINES / ((performance.now() - started) / 1000);
}

rate(true);
const [reusing, parsing] = [rate(true), rate(false)];
process.stdout.write(
  `derivations used again: ${Math.round(reusing)} lines/s\nevery line parsed anew: ${Math.round(parsing)} lines/s\nratio ${(reusing / parsing).toFixed(1)}\n`,
);
