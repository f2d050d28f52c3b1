/**
 * `samples/scenarios`: stories of messages from switches and their expected outcome, run through the real pipeline on a
 * manual clock. The commands of a story, one per line:
 *
 * - `@ISO` sets the clock, `+90m` moves it.
 * - `> line` receives a line (`192.0.2.7 > line`: from that sender).
 * - `= DEVICE CONDITION [SEVERITY] [diagnosis CAUSE] [evidence N] [messages N] [regressions N]` expects a state.
 * - `! TYPE DEVICE` expects the next change; every change must be expected.
 * - `inventory DEVICE column=value…` imports an inventory row.
 * - `each DEVICE…`: the following commands with `{name}` run once for each of these devices.
 * - `% DEVICE LABEL` expects an engineer's diagnosis: the best hypothesis, or `none`.
 * - `#` is a comment.
 *
 * The author of the labels in `diagnosis/` is not the author of the rules. The stories there need not expect changes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import type { Evidence } from '../src/core/correlate/evidence.ts';
import { firstOrdinal, rejudge } from '../src/core/correlate/rejudge.ts';
import { diagnosisAt } from '../src/core/diagnose/explain.ts';
import { incidentRecord } from '../src/core/diagnose/incident-record.ts';
import { recompute } from '../src/core/diagnose/recompute.ts';
import { leaderIn } from '../src/core/judge/ranking.ts';
import { conditionOf, type Device } from '../src/core/model/device.ts';
import { parseDuration } from '../src/core/model/duration.ts';
import { hypotheses as causesOf } from '../src/core/model/hypothesis.ts';
import { isOpen } from '../src/core/model/incident.ts';
import { type Column, columnOf, inventoryRow } from '../src/core/model/inventory.ts';
import { liveTime } from '../src/core/read/event-time.ts';
import { makeRechecker, makeRereader } from '../src/core/read/recheck.ts';
import { FleetReport } from '../src/operate/fleet-report.ts';
import { Operations } from '../src/operate/operations.ts';
import { Pipeline } from '../src/pipeline/pipeline.ts';
import { MemoryStore } from '../src/store/memory/store.ts';
import { projectionOf } from '../src/store/projection.ts';
import { advisory, frameOf } from './given.ts';

const folder = fileURLToPath(new URL('../samples/scenarios/', import.meta.url));

/** The evidence of all incidents of a device, and of the next one that may open. */
async function evidenceOf(store: MemoryStore, { key, state }: Device): Promise<Evidence[]> {
  const rows: Evidence[] = [];
  for (let ordinal = 1; ordinal <= state.ordinal + 1; ordinal++) rows.push(...(await store.evidence(key, ordinal)));
  return rows;
}

/** Counts by label, then by finding. */
const confusion = new Map<string, Map<string, number>>();

class Story {
  readonly #store = new MemoryStore(projectionOf(advisory));
  readonly #pipeline = new Pipeline({ store: this.#store, advisory, time: liveTime(() => 0), clock: () => 0 });
  readonly #operations = new Operations({
    store: this.#store,
    advisory,
    now: () => this.#now,
    onCommit: (changes) => this.#record({ changes }),
  });
  readonly #changes: string[] = [];
  #each: readonly string[] = [];
  readonly #t: Test;
  #now = 0;

  constructor(t: Test) {
    this.#t = t;
  }

  async run(line: string, where: string): Promise<void> {
    if (!line.includes('{name}')) return this.#runOne(line, where);
    for (const name of this.#each) await this.#runOne(line.replaceAll('{name}', name), where);
  }

  async #runOne(line: string, where: string): Promise<void> {
    const [, peer, received] = /^(\S+ )?> (.*)$/.exec(line) ?? [];
    if (received !== undefined) return this.#receive(received, peer?.trim() ?? '192.0.2.1');
    const words = line.trim().split(/\s+/);
    const [word = ''] = words;
    if (word.startsWith('@')) return this.#moveTo(Date.parse(word.slice(1)));
    if (word.startsWith('+')) return this.#moveTo(this.#now + (parseDuration(word.slice(1)) ?? Number.NaN));
    if (word === '!') return this.#expectChange(words.slice(1), where);
    if (word === 'each') {
      this.#each = words.slice(1);
      return;
    }
    if (word === 'inventory') return this.#importRow(words.slice(1), where);
    if (word === '%') return this.#expectFinding(words.slice(1), where);
    if (word === '=') return this.#expectState(words.slice(1), where);
    throw new Error(`${where}: unknown command "${line}"`);
  }

  expectNoChange(where: string): void {
    this.#t.same(this.#changes, [], `${where}: every change was expected`);
  }

  /** Every incident of the story follows from its stored lines. */
  async verify(): Promise<void> {
    const reread = makeRechecker(advisory, (text) => Buffer.from(text));
    for (const record of (await this.#store.incidents({ limit: 500 })).rows) {
      const device = (await this.#store.load([record.device])).get(record.device) as Device;
      const rows = await evidenceOf(this.#store, device);
      this.#t.same(recompute(record, rows, device, advisory).differences, [], `${record.id} follows from its lines`);
      this.#t.same(
        rows.map(reread).filter((result) => typeof result === 'object'),
        [],
        `the lines of ${record.id} are read as before`,
      );
    }
  }

  /** Judged anew by the same advisory, every device of the story stays as it is, and still follows from its lines. */
  async judgeAnew(): Promise<void> {
    const reread = makeRereader(advisory, (text) => Buffer.from(text));
    for (const device of (await this.#store.devices({ limit: 500 })).rows) {
      const rows = await evidenceOf(this.#store, device);
      const evidence = rows.filter((row) => row.ordinal >= firstOrdinal(device));
      const judged = rejudge({ device, evidence }, advisory, reread);
      this.#t.same(judged.changes, [], `${device.key} is judged as before`);
      // Under the inventory of the end of the story other lines may decide than when they arrived.
      const meanings = (rows: readonly Evidence[]) => rows.map(({ decisive: _, ...meaning }) => meaning);
      this.#t.same(meanings(judged.evidence), meanings(evidence), `the lines of ${device.key} mean what they meant`);
      const [before, after] = [device, judged.device].map((each) => incidentRecord(each, advisory));
      this.#t.same(after, before, `the incident of ${device.key} stays`);
      if (after === null || after === undefined || evidence.every(({ ordinal }) => ordinal !== device.state.ordinal))
        continue;
      this.#t.same(
        recompute(
          after,
          [...rows.filter((row) => !evidence.includes(row)), ...judged.evidence],
          judged.device,
          advisory,
        ).differences,
        [],
        `${after.id} is verified`,
      );
    }
  }

  async #receive(line: string, peer: string): Promise<void> {
    this.#record(await this.#pipeline.run([frameOf(line, { peer, receivedAt: this.#now })], this.#now));
  }

  async #importRow([hostname, ...cells]: readonly string[], where: string): Promise<void> {
    const columns = cells.map((cell) => cell.split('=') as [string, string]);
    const named = columns.map(([heading, value]) => [columnOf(heading) ?? heading, value]);
    const row = inventoryRow(Object.fromEntries([['hostname', hostname], ...named]));
    if (typeof row === 'string') throw new Error(`${where}: ${row}`);
    await this.#operations.import({ rows: [{ row, columns: Object.keys(row) as Column[] }] });
  }

  async #expectFinding([key = '', label = '']: readonly string[], where: string): Promise<void> {
    const device = (await this.#store.load([key])).get(key);
    const report = new FleetReport(this.#store, advisory, () => this.#now, this.#pipeline.links);
    const hypotheses = device === undefined ? [] : await report.hypotheses(device, this.#now);
    const found = leaderIn(hypotheses, advisory) ?? openDiagnosis(device) ?? 'none';
    const row = confusion.get(label) ?? new Map<string, number>();
    confusion.set(label, row.set(found, (row.get(found) ?? 0) + 1));
    this.#t.equal(found, label, `${where}: ${hypotheses.map(({ cause, score }) => `${cause} ${score}`).join(', ')}`);
  }

  async #moveTo(now: number): Promise<void> {
    if (!Number.isFinite(now) || now < this.#now) throw new Error(`the clock cannot be set to ${now}`);
    this.#now = now;
    this.#record(await this.#pipeline.run([], now));
    this.#record(await this.#pipeline.due(now, 1000));
  }

  #record({ changes }: { changes: readonly { type: string; device: string }[] }): void {
    for (const { type, device } of changes) this.#changes.push(`${type} ${device}`);
  }

  #expectChange([type, device]: readonly string[], where: string): void {
    this.#t.equal(this.#changes.shift(), `${type} ${device}`, where);
  }

  async #expectState([key = '', condition, ...rest]: readonly string[], where: string): Promise<void> {
    const device = (await this.#store.load([key])).get(key);
    if (condition === 'unknown') return void this.#t.equal(device, undefined, where);
    if (device === undefined) return void this.#t.fail(`${where}: ${key} is not known`);
    const incident = device.state.incident;
    const state =
      incident !== null && ['resolved', 'closed'].includes(condition ?? '')
        ? incident.phase.state
        : conditionOf(device);
    this.#t.equal(state, condition, where);
    for (let index = 0; index < rest.length; index++) {
      if (rest[index] === 'diagnosis')
        this.#t.equal(`${diagnosisAt(device.state, this.#now, advisory)}`, rest[++index], where);
      else if (rest[index] === 'evidence') this.#t.equal(`${incident?.evidence}`, rest[++index], where);
      else if (rest[index] === 'messages') this.#t.equal(`${device.messages}`, rest[++index], where);
      else if (rest[index] === 'regressions') this.#t.equal(`${incident?.regressions}`, rest[++index], where);
      else this.#t.equal(incident?.severity, rest[index], where);
    }
  }
}

/** The diagnosis of an incident that is open, where its facts are too old to lead. */
function openDiagnosis(device: Device | undefined): string | null {
  return device !== undefined && isOpen(device.state.incident) ? device.state.incident.diagnosis : null;
}

// The stories of `verdict/` have a form and a test of their own.
const stories = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.txt') && !file.startsWith('verdict'),
);

for (const name of stories.sort()) {
  t.test(`Pipeline.run() gives the outcome of ${name}`, async (t) => {
    const story = new Story(t);
    const lines = readFileSync(`${folder}${name}`, 'utf8').split('\n');
    for (const [index, line] of lines.entries()) {
      if (line.trim() !== '' && !line.startsWith('#')) await story.run(line, `${name}:${index + 1}`);
    }
    // The stories of `diagnosis/` expect findings only.
    if (!name.startsWith('diagnosis')) story.expectNoChange(name);
    await story.verify();
    await story.judgeAnew();
  });
}

t.test('leaderIn() finds for each labelled device what an engineer would', async (t) => {
  const causes = [...causesOf, 'none'];
  const labelled = stories.filter((name) => name.includes('/'));
  t.ok(labelled.length >= 25, `${labelled.length} labelled stories`);
  t.comment(`confusion matrix: rows are labels, columns are findings, over ${labelled.length} stories`);
  t.comment(['', ...causes].map((cause) => cause.padStart(18)).join(''));
  for (const label of causes) {
    const row = causes.map((cause) => `${confusion.get(label)?.get(cause) ?? 0}`);
    t.comment([label, ...row].map((cell) => cell.padStart(18)).join(''));
    t.ok((confusion.get(label)?.get(label) ?? 0) > 0, `${label} is among the labels`);
    t.same([...(confusion.get(label)?.keys() ?? [])], [label], `${label} is never found as another cause`);
  }
  t.same(
    [...confusion.keys()].filter((label) => !causes.includes(label)),
    [],
    'no label is unknown',
  );
});
