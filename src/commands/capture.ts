import type { Advisory } from '../core/advisory/advisory.ts';
import { type UnusedReason, unusedReasons } from '../core/capture/evidence.ts';
import { OperatingError } from '../errors.ts';
import type { CaptureTaken } from '../operate/captures.ts';
import { printable } from '../printable.ts';
import { captureTakenView } from '../serve/views/capture.ts';
import { outcomeView } from '../serve/views/outcome.ts';
import { yieldToEventLoop } from '../yield-to-event-loop.ts';
import { aligned } from './aligned.ts';
import { type CaptureText, captureTexts } from './capture-files.ts';
import { counted } from './counted.ts';
import { deviceNamed } from './near-device.ts';
import { operating } from './open-data.ts';
import { print, printJson, warn } from './output.ts';
import { zoneOption } from './zone-option.ts';

type Options = {
  device?: string;
  at?: string;
  zone?: string;
  dryRun?: boolean;
  config?: string;
  data?: string;
  json?: boolean;
};
type Report = ReturnType<typeof captureTakenView> & {
  readonly file: string;
  readonly changes: ReturnType<typeof outcomeView>['changes'];
};
type Refused = { readonly file: string; readonly line: number | null; readonly text: string };

/** Texts that are read before they are taken together, and their bytes. */
const TEXTS_AT_ONCE = 200;
const BYTES_AT_ONCE = 16 * 1024 * 1024;

/** Takes what switches show. What cannot be taken is printed to stderr, a line each, and makes the exit code 2. */
export async function captureCommand(files: readonly string[], options: Options): Promise<void> {
  const at = options.at === undefined ? null : instantOf(options.at);
  const zone = options.zone === undefined ? null : zoneOption(options.zone);
  const { device = null, dryRun = false } = options;
  const [taken, refused]: [Report[], Refused[]] = [[], []];
  await operating(
    options,
    async ({ store, operations, advisory }) => {
      if (device !== null) await deviceNamed({ store, operations }, device);
      let waiting: CaptureText[] = [];
      const take = async () => {
        const texts = waiting;
        waiting = [];
        const given = texts.map(({ text, fileOf = null, reachedAs = null }) => ({
          text,
          order: { device, at, zone, dryRun, fileOf, reachedAs },
        }));
        for (const [index, done] of (await operations.captures(given, { dryRun })).entries()) {
          const file = texts[index]?.file ?? '';
          for (const each of done.taken) taken.push(reportOf(file, each, advisory, dryRun));
          refused.push(...done.refused.map((part) => ({ file, ...part })));
        }
        await yieldToEventLoop();
      };
      let bytes = 0;
      for await (const given of captureTexts(files)) {
        if ('why' in given) {
          refused.push({ file: given.file, line: null, text: given.why });
          continue;
        }
        waiting.push(given);
        bytes += given.text.length;
        if (waiting.length < TEXTS_AT_ONCE && bytes < BYTES_AT_ONCE) continue;
        bytes = 0;
        await take();
      }
      await take();
    },
    { unjudged: dryRun ? 'refuse' : 'bring-over' },
  );
  if (taken.length === 0 && refused.length === 0)
    throw new OperatingError(
      'QVW_FILE_UNREADABLE',
      `no file is in ${files.join(', ')}: name files, or folders and archives that have some`,
    );
  if (options.json === true) printJson({ dryRun, taken, refused });
  else print(page(taken, dryRun));
  for (const { file, line, text } of refused)
    warn(`${printable(`${file}${line === null ? '' : `:${line}`}: ${text}`)}\n`);
  if (refused.length > 0)
    throw new OperatingError(
      'QVW_CAPTURE_INVALID',
      `nothing was taken of ${counted(refused.length, 'part')}: see the lines above, and give these captures again`,
    );
}

/** `QVW_USAGE` for what is no time, or is in the future. */
function instantOf(text: string): number {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(at))
    throw new OperatingError('QVW_USAGE', `--at "${text}" is no time: write it with its zone, as 2026-11-28T19:00:00Z`);
  if (at > Date.now()) throw new OperatingError('QVW_USAGE', `--at ${text} is in the future`);
  return at;
}

function reportOf(file: string, each: CaptureTaken, advisory: Advisory, dryRun: boolean): Report {
  const { changes } = outcomeView(each.changes, advisory.prefix, dryRun);
  return { file, ...captureTakenView(each, advisory), changes };
}

/** Lines of the table; of more devices only the sums are printed. */
const ROWS = 1000;

function page(taken: readonly Report[], dryRun: boolean): string {
  const rows = taken.slice(0, ROWS).map(rowOf);
  const table = aligned([['device', 'taken at', 'read', 'changed', 'not understood'], ...rows]);
  const more = taken.length > ROWS ? [`and ${taken.length - ROWS} more: --json has all of them`] : [];
  const changed = taken.filter((each) => each.changed.length > 0 || each.changes.length > 0).length;
  const sum = `${counted(taken.length, 'capture')} read, ${changed} with something new${dryRun ? '; nothing was stored (--dry-run)' : ''}`;
  const hints = taken.slice(0, ROWS).flatMap(hintsOf);
  return `${[...(taken.length === 0 ? [] : table), ...more, ...hints, sum].map(printable).join('\n')}\n`;
}

function rowOf({ device, takenAt, takenFrom, read, changed, changes, notUnderstoodLines }: Report): string[] {
  const became = changes.map(({ incident, to }) => `${incident} ${to}`);
  const news = [...changed, ...became].join(', ');
  const when = takenAt === null ? 'unknown' : `${takenAt}${takenFrom === 'latest' ? ' or later' : ''}`;
  return [device, when, read.join(', '), news === '' ? 'nothing' : news, counted(notUnderstoodLines, 'line')];
}

/** Why, and what to give so that it is used. */
const UNUSED: Readonly<Record<UnusedReason, string>> = {
  'no-date': 'as there is no date in it: have the device log with "service timestamps log datetime year show-timezone"',
  'no-zone': 'as it has no zone, or a name that means two zones (give --zone or --at)',
  'clock-not-set': 'as the device marks its clock as not set with "*" (give --at)',
  'clock-off': 'as the clock of the device is off, and its zone is not known',
  ahead: 'as the clock of the device is ahead, in the future (give --at)',
  'after-capture': 'as it is later than the capture: look at the clock of the device',
  'too-many': 'as there are too many newer ones',
};

/** What a person should know: why a capture decides nothing, which times are not used, what was not understood. */
function hintsOf({ file, device, takenAt, unusedTimes, unusedLines, notUnderstood }: Report): string[] {
  const hints: string[] = [];
  if (takenAt === null)
    hints.push(`${device}: nothing says when ${file} was taken, so it decides nothing: give --at TIME`);
  for (const why of unusedReasons) {
    const times = unusedTimes.filter((time) => time.why === why).map(({ text }) => text);
    if (times.length > 0) hints.push(`${device}: not used, ${UNUSED[why]}: ${times.slice(0, 4).join('; ')}`);
    for (const { count } of unusedLines.filter((lines) => lines.why === why))
      hints.push(`${device}: ${counted(count, 'message')} of the log not used, ${UNUSED[why]}`);
  }
  for (const { line, text, why } of notUnderstood.slice(0, 3))
    hints.push(`${file}:${line}: not understood (${why}): ${text}`);
  return hints;
}
