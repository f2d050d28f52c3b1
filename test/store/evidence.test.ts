/** Which lines of an incident every store keeps. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import type { Evidence } from '../../src/core/correlate/evidence.ts';
import { limits } from '../../src/core/model/limits.ts';
import { DAY, T0 } from '../given.ts';
import { stores, writeBatch } from './stores.ts';

const WEEK = 7 * DAY;
const template: Omit<Evidence, 'device' | 'mnemonic' | 'at' | 'decisive' | 'raw'> = {
  ...{ ordinal: 1, receivedAt: T0, kind: 'failure', family: 'communication', cause: 'ambiguous', weight: 1 },
  ...{ foldedAt: T0, timeUsed: 'receipt', stampRejected: 'no-date', stamp: null, timeQuality: 'none' },
  ...{
    relayStamp: null,
    advisory: 'a version 1',
    grammar: 'g',
    sender: '192.0.2.7',
    senderKnown: true,
    foreign: false,
    transport: 'udp',
    counter: null,
    sequence: null,
    times: 1,
    peers: ['cssm'],
    clock: 'set',
  },
  ...{ manner: 'aborted', server: 'cisco', claim: 'state', critical: false, facts: { pid: 'IE-3300-8T2S' } },
};

type Line = { readonly mnemonic: string; readonly week: number; readonly decisive: boolean };

/** Reference, row by row: a line that is not among the last ones any more is checked against the lines before it. */
function kept(lines: readonly Line[]): Line[] {
  let rows: Line[] = [];
  for (const line of lines) {
    rows.push(line);
    const group = rows.filter(({ mnemonic }) => mnemonic === line.mnemonic);
    const judged = group.at(-1 - limits.evidenceLast);
    if (judged === undefined) continue;
    const before = group.slice(0, group.indexOf(judged));
    const stays =
      before.length < limits.evidenceFirst ||
      (judged.decisive && before.filter(({ decisive }) => decisive).length < limits.evidenceDecisive) ||
      before.every(({ week }) => week !== judged.week);
    if (!stays) rows = rows.filter((row) => row !== judged);
  }
  return rows;
}

const lines = fc.array(
  fc.record({
    mnemonic: fc.constantFrom<string[]>('COMM_FAILED', 'COMM_FAILED', 'CRL_FETCH_FAIL'),
    week: fc.nat(6),
    decisive: fc.boolean(),
  }),
  { minLength: 1, maxLength: 260, size: 'max' },
);

for (const [name, open] of Object.entries(stores)) {
  t.test(`${name}.commit() keeps the lines of the reference, for any lines in any batches`, async (t) => {
    const store = await open(t);
    const given = { devices: [], past: [], changes: [], merges: [], aliases: new Map(), unparsed: [], notes: [] };
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(lines, fc.integer({ min: 1, max: 120 }), async (story, batch) => {
        const device = `sw-${runs++}`;
        const evidence = story.map(({ mnemonic, week, decisive }, index): Evidence => {
          return { ...template, device, mnemonic, decisive, at: T0 + week * WEEK, raw: `line ${index}` };
        });
        for (let from = 0; from < evidence.length; from += batch) {
          await writeBatch(store, { ...given, evidence: evidence.slice(from, from + batch), notices: [], now: T0 });
        }
        const expected = kept(story).map((line) => evidence[story.indexOf(line)]);
        const { rows } = await store.messages({ device, limit: story.length });
        const checked = await store.checkedEvidence(device, 1);
        return isDeepStrictEqual(rows, expected.toReversed()) && checked.every(({ intact }) => intact === true);
      }),
      // Shrinking a counterexample would take very many commits.
      { numRuns: 40, endOnFailure: true },
    );
  });
}
