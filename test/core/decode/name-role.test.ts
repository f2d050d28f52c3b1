/** The rows of the table of names, each by a header in which it decides. */
import t from 'tap';
import { makeDecoder } from '../../../src/core/decode/envelope.ts';
import { headerEndOf } from '../../../src/core/decode/header-end.ts';
import { frameOf } from '../../given.ts';

const context = {
  reference: Date.parse('2026-11-27T00:00:00Z'),
  zoneOffset: () => 0,
  latest: Number.POSITIVE_INFINITY,
};
const decode = makeDecoder({ reuse: false });

type Row = readonly [header: string, origin: string | null, relayHost: string | null];

const ROWS: Readonly<Record<string, readonly Row[]>> = {
  'without a colon': [
    ['Mar  1 18:46:11 Sun 12: ', null, null],
    ['e*Apr 30 03:55:10.446: ', null, null],
    ['Mar  1 18:46:11 sw-a*Apr 30 03:55:10.446: ', null, null],
    ['Mar  1 18:46:11 UTC 17: ', null, null],
    ['Mar  1 18:46:11 press 17: ', null, 'press'],
    ['Mar  1 18:46:11 sw-a some text ', null, 'sw-a'],
    ['Mar  1 18:46:11 relay press: ', null, 'relay'],
    ['? Mar  1 18:46:11 relay press: ', null, null],
    ['Mar  1 18:46:11 relay Agent ', null, null],
    ['sw-a: Mar  1 18:46:11: UTC ', 'sw-a', null],
    ['12: Mar  1 18:46:11: sw-a ', null, null],
    ['Mar  1 18:46:11: sw-a Mar  1 18:46:11: ', null, null],
    ['12: UTC sw-a: ', 'sw-a', null],
    ['<187>relay MET press: ', null, null],
    ['<187>MET 12: ', 'MET', null],
    ['Mar  1 18:46:11 relay-1 MET 12: ', null, 'relay-1'],
    ['Mar  1 18:46:11 relay-1 sw-a ', 'sw-a', 'relay-1'],
    ['Mar  1 18:46:11 relay-1 Agent ', null, 'relay-1'],
    ['<187>press 12: ', 'press', null],
    ['12: press RP/0/RP0/CPU0: ', 'press', null],
    ['4d 12: ', null, null],
    ['sw-a 12: ', 'sw-a', null],
    ['press 12: ', null, null],
    ['<187>press Mar  1 18:46:11: ', 'press', null],
    ['12: sw-a Mar  1 18:46:11: ', 'sw-a', null],
    ['12: press Mar  1 18:46:11: ', null, null],
  ],
  'with a colon': [
    ['<187>RP2/0: ', null, null],
    ['Mar  1 18:46:11 UTC: ', null, null],
    ['12: Mar  1 18:46:11 NewYorkCity: ', null, null],
    ['Mar  1 18:46:11 NewYorkCity: ', 'NewYorkCity', null],
    ['Mar  1 18:46:11 sw-a: ', 'sw-a', null],
    ['<13>1 2026-11-26T18:46:12Z relay-1 - - - - Mar  1 18:46:11 sw-a: <187>12: ', null, 'sw-a'],
    ['<187>CET: ', null, null],
    ['Mar  1 18:46:11 relay-1 Agent: <187>12: ', null, 'relay-1'],
    ['Mar  1 18:46:11 relay-1 Agent: ', null, 'relay-1'],
    ['Agent: ', null, null],
    ['Password: 12: ', null, null],
    ['<187>press: ', 'press', null],
    ['12: sw-a: ', 'sw-a', null],
    ['12: press: ', null, null],
    ['PU0:Nov 26 18:46:11: ', null, null],
    ['sw-a: proc[12]: ', null, null],
    ['sw-: 12: ', null, null],
    ['a"b: 12: ', null, null],
    ['sw-a: ', 'sw-a', null],
    ['press: 12: ', 'press', null],
    ['press: 2y10w: ', 'press', null],
    ['press: [192.0.2.7]: ', '192.0.2.7', null],
    ['press: some text ', null, null],
  ],
  'as a word at the end of a stamp': [
    ['Mar  1 2026 18:46:11 fwgate : ', 'fwgate', null],
    ['Mar  1 2026 18:46:11 CET : ', null, null],
    ['Mar  1 2026 18:46:11 Mon : ', null, null],
    ['12: Mar  1 2026 18:46:11 fwgate : ', null, null],
  ],
};

for (const [name, rows] of Object.entries(ROWS)) {
  t.test(`a name ${name}`, async (t) => {
    for (const [header, origin, relayHost] of rows) {
      const frame = frameOf(`${header}%SMART_LIC-3-COMM_FAILED: x`);
      const found = decode(frame, headerEndOf(frame), context);
      t.strictSame([found.origin, found.relayHost], [origin, relayHost], header);
    }
  });
}
