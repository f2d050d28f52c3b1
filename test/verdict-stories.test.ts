/**
 * `samples/scenarios/verdict`: what happens to switches over hours and months, and what the verdict is at the end. Each
 * story was labelled by the specification before it was run, and is run in several ways, which must agree: replayed in the
 * order of the file, replayed shuffled, replayed with each line twice, and live with a moved clock. The form of a file:
 *
 * - `#` begins a comment. One that ends with `#text-only` says that the grammar does not read the body of the next line.
 * - `example`: an example of the specification, which `app/verdict-live.test.ts` also sends over UDP.
 * - `inventory NAME column=value…`: a row that is imported before the first line.
 * - `> line`: a line, in the order of the file. `ADDRESS > line`: from this sender, whom only the service knows.
 *   The last lines are ordinary ones of two other devices: they say to which time the archive comes.
 * - `= DEVICE STATE [SEVERITY] [diagnosis H] [fleet H] [page|no-page] [incidents N] [endedBy X] [hidden|visible]`: what
 *   the device is at the end. STATE is that of its last incident, or `none` without one; alternatives by `|`. `diagnosis` is from the
 *   device's own facts, `fleet` from those of all devices. `page`: some incident of the device was confirmed or critical,
 *   and not suppressed. `hidden`: no recovery could be seen; `visible`: one could.
 * - `devices N`: how many devices have sent a tracked message or are listed.
 */
import t, { type Test } from 'tap';
import { diagnosisAt } from '../src/core/diagnose/explain.ts';
import type { IncidentRecord } from '../src/core/diagnose/incident-record.ts';
import { leaderIn } from '../src/core/judge/ranking.ts';
import type { Device } from '../src/core/model/device.ts';
import { liveTime } from '../src/core/read/event-time.ts';
import { FleetReport } from '../src/operate/fleet-report.ts';
import { advisory, frameOf, makeReader, temporaryDirectory } from './given.ts';
import { Confusion } from './verdict/confusion.ts';
import {
  doubled,
  incidentsIn,
  inOrder,
  live,
  type Run,
  recordsOf,
  replayed,
  shuffled,
  unitsOf,
} from './verdict/runs.ts';
import { allStories, type Expected, type Story } from './verdict/story.ts';

const SEEDS = [11, 4242, 987_654];

const confusions = {
  state: new Confusion('states'),
  diagnosis: new Confusion('diagnoses by the device alone'),
  fleet: new Confusion('diagnoses by the fleet'),
  page: new Confusion('pages'),
};

/** A message of ours, whatever stands left of it. */
const TRACKED = /\b(?:SMART_LIC|CALL_HOME|PKI)(?:-\w+)?-\d-|SMART_LIC_|SAEVT_/i;

/** Lines that are ours are read in full, and name their device, at least by its serial number. */
function checkLines(t: Test, { lines }: Story): void {
  const wrong = lines.filter(({ text, peer, textOnly }) => {
    if (!TRACKED.test(text)) return false;
    const { outcome, device, fields } = makeReader(
      advisory,
      liveTime(() => 0),
    )(frameOf(text, { peer }));
    return outcome !== (textOnly ? 'text-only' : 'parsed') || (device === null && fields.serial === null);
  });
  t.same(wrong, [], 'every line that is ours is read in full, and names its device');
}

async function found({ store, end }: Run, key: string) {
  const device = (await store.load([key])).get(key);
  const incidents: IncidentRecord[] = (await incidentsIn(store)).filter((record) => record.device === key);
  const last = incidents.at(-1);
  return {
    state: last?.state ?? 'none',
    severity: last?.severity ?? 'none',
    diagnosis: last === undefined ? diagnosisOf(device, end) : (last.diagnosis ?? 'none'),
    fleet: await fleetDiagnosisOf(store, device, end),
    page: incidents.some(({ confirmedAt, severity, state }) => {
      return state !== 'suppressed' && (confirmedAt !== null || severity === 'critical');
    }),
    incidents: incidents.length,
    endedBy: last?.endedBy ?? 'none',
    hidden: last?.recoveryVisible === false,
  };
}

function diagnosisOf(device: Device | undefined, end: number): string {
  return (device === undefined ? null : diagnosisAt(device.state, end, advisory)) ?? 'none';
}

async function fleetDiagnosisOf(store: Run['store'], device: Device | undefined, end: number): Promise<string> {
  if (device === undefined) return 'none';
  return (
    leaderIn(await new FleetReport(store, advisory, () => end).hypotheses(device, end), advisory) ??
    diagnosisOf(device, end)
  );
}

const yesOrNo = (page: boolean) => (page ? 'page' : 'no page');

async function checkExpected(t: Test, run: Run, expected: Expected): Promise<void> {
  const { where, device } = expected;
  const result = await found(run, device);
  const said = `${where}: ${device}`;
  t.ok(expected.states.includes(result.state), `${said} is ${expected.states.join(' or ')}`, { found: result });
  confusions.state.add(expected.states, result.state);
  for (const word of ['severity', 'diagnosis', 'fleet', 'endedBy'] as const) {
    const label = expected[word];
    if (label === null) continue;
    t.equal(result[word], label, `${said}: ${word}`);
    if (word === 'diagnosis' || word === 'fleet') confusions[word].add([label], result[word]);
  }
  if (expected.page !== null) {
    t.equal(result.page, expected.page, `${said}: ${yesOrNo(expected.page)}`);
    confusions.page.add([yesOrNo(expected.page)], yesOrNo(result.page));
  }
  if (expected.incidents !== null) t.equal(result.incidents, expected.incidents, `${said}: incidents`);
  if (expected.hidden !== null) t.equal(result.hidden, expected.hidden, `${said}: whether no recovery can be seen`);
}

async function checkDevices(t: Test, { store }: Run, devices: number): Promise<void> {
  const { rows } = await store.devices({ limit: 500 });
  const known = rows.filter(({ messages, inventory }) => messages > 0 || inventory !== null);
  t.equal(known.length, devices, `${devices} devices: ${known.map(({ key }) => key)}`);
}

/** Incidents without when the last change was decided, and without the address of the sender, which a file does not tell. */
const decidedIn = async (store: Parameters<typeof incidentsIn>[0]) =>
  (await incidentsIn(store)).map((record) => ({ ...record, changedAt: undefined, address: undefined }));

const stories = allStories();

for (const story of stories) {
  t.test(`the verdict of ${story.name} is that of the specification, by every way`, async (t) => {
    checkLines(t, story);
    const [units, directory] = [unitsOf(story), temporaryDirectory(t)];
    const run = await replayed(story, units, directory);
    t.equal(run.end, inOrder(units).at(-1)?.at, 'the last lines say to which time the archive comes');
    for (const expected of story.expected) await checkExpected(t, run, expected);
    if (story.devices !== null) await checkDevices(t, run, story.devices);
    const records = await recordsOf(run.store);
    t.same(await decidedIn(await live(story, units)), await decidedIn(run.store), 'live: identical incidents');
    for (const seed of SEEDS) {
      const { store } = await replayed(story, shuffled(units, seed), directory);
      t.same(await recordsOf(store), records, `shuffled with the seed ${seed}: the same incidents`);
    }
    const copied = await replayed(story, doubled(units), directory);
    const uncounted = { evidence: false };
    t.same(
      await recordsOf(copied.store, uncounted),
      await recordsOf(run.store, uncounted),
      'each line twice: the same incidents',
    );
  });
}

t.test('the stories have every kind of verdict', async (t) => {
  t.ok(stories.length >= 68, `${stories.length} stories`);
  t.equal(stories.filter(({ example }) => example).length, 17, 'the examples of the specification');
  for (const confusion of Object.values(confusions)) confusion.print(t);
});
