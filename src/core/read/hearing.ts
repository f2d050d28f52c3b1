/**
 * Which ordinary lines of sockets are reported. Of an archive no line is reported: `LineReader` hears those whose time is
 * read anyway.
 */
import { ABSENT } from '../decode/header-bytes.ts';
import { NO_NAME } from '../decode/name-hash.ts';
import type { Numbers } from '../decode/quick-numbers.ts';
import type { HeardLines } from '../model/heard.ts';
import { limits } from '../model/limits.ts';
import type { Frame } from '../model/message.ts';
import { HeardDevices } from './heard-devices.ts';

/** `alone`: the line was kept for this report only, and is an ordinary line for everything else. */
export type Report = HeardLines & { readonly alone: boolean };

/** A frame with a report of the ordinary lines of its device. */
export type HeardFrame = Frame & { readonly report?: Report };

type From = Pick<Frame, 'peer' | 'receivedAt'>;

/** Is asked about each line; null where nothing is to be reported with it. */
export type Hearing = {
  /** A line that the prefilter discards. `level`: of its message code, or ABSENT. */
  ordinary(level: number, from: From): HeardLines | null;
  /** A line that is kept anyway. */
  kept(from: From): HeardLines | null;
};

const SECOND_MS = 1000;

/** The time of a line is that of its receipt. */
export class LiveHearing implements Hearing {
  readonly #devices = new HeardDevices();
  readonly #numbers: Numbers;
  readonly #most: number;
  #second = 0;
  #reports = 0;

  /**
   * `numbers`: those of each line are in it when the line is asked about. `most`: reports in a second; what is beyond
   * waits for a later line of the device, so that invented names cost no more than that.
   */
  constructor(numbers: Numbers, most: number = limits.heardReports) {
    this.#numbers = numbers;
    this.#most = most;
  }

  ordinary(level: number, { peer, receivedAt }: From): HeardLines | null {
    if (Math.abs(receivedAt - this.#second) >= SECOND_MS) {
      this.#second = receivedAt;
      this.#reports = 0;
    }
    const report = this.#devices.ordinary(
      peer ?? '',
      nameIn(this.#numbers),
      level,
      receivedAt,
      this.#reports < this.#most,
    );
    if (report !== null) this.#reports++;
    return report;
  }

  kept({ peer, receivedAt }: From): HeardLines | null {
    return this.#devices.kept(peer ?? '', nameIn(this.#numbers), receivedAt);
  }
}

/** Hash of the device's name: its own, else the relay's for it. */
function nameIn({ name, relay }: Numbers): number {
  return name === NO_NAME ? relay : name;
}

/** The reports of frames as numbers, so that they can be moved to another thread: 0 where there is none. */
export function packReports(frames: readonly HeardFrame[]): Float64Array<ArrayBuffer> {
  const packed = new Float64Array(frames.length);
  for (const [index, { report }] of frames.entries()) {
    if (report === undefined) continue;
    packed[index] = 1 + Number(report.alone) + 2 * ((report.level ?? ABSENT) + 1) + LINE * report.lines;
  }
  return packed;
}

/** Beside level and mark. */
const LINE = 32;

/** The inverse, for one frame. */
export function unpackReport(packed: number): Pick<HeardFrame, 'report'> {
  if (packed === 0) return {};
  const rest = (packed - 1) % LINE;
  const level = Math.floor(rest / 2) - 1;
  const lines = Math.floor((packed - 1) / LINE);
  return { report: { level: level === ABSENT ? null : level, lines, partly: false, alone: rest % 2 === 1 } };
}
