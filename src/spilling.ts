/** Lines that a stopped service could not store, from one run to the next. */
import { accessSync, constants } from 'node:fs';
import { limits } from './core/model/limits.ts';
import type { HeardFrame } from './core/read/hearing.ts';
import { OperatingError, unreadable } from './errors.ts';
import { makeDirectories } from './make-directories.ts';
import type { Pump } from './pipeline/pump.ts';
import type { Source, UnstoredFrame } from './receive/source.ts';
import { readSpill, removeSpill, type Spilled, SpillSource, spillFile, writeSpill } from './receive/spill.ts';
import type { Location } from './store/open-store.ts';
import type { Store } from './store/ports/store.ts';
import type { Log } from './telemetry/log.ts';

/**
 * The spill file of a service. The store makes its own data directory; beside a database of PostgreSQL it is made here, so that a
 * directory that cannot be is told at the start and not at a stop.
 */
export function spillFileFor(data: string, location: Location): string {
  if (typeof location === 'string') return spillFile(data, null);
  try {
    makeDirectories(data);
    accessSync(data, constants.W_OK);
  } catch (error) {
    throw new OperatingError(
      'QVW_FILE_UNREADABLE',
      `data: ${data} cannot be written (${(error as NodeJS.ErrnoException).code}): name a directory for lines that PostgreSQL cannot take at a stop`,
      { cause: error },
    );
  }
  return spillFile(data, location.instance);
}

/**
 * The lines that a former run could not store; null if there are none. Those that it has stored, though it had no answer, are
 * left out: to be called before the store decides anything.
 */
export async function spilled(file: string, store: Pick<Store, 'wasStored'>, log: Log): Promise<Source | null> {
  let found: Spilled | null;
  try {
    found = readSpill(file);
  } catch (error) {
    throw unreadable(file, error);
  }
  if (found === null) return null;
  if (found.damaged > 0) log.error({ lines: found.damaged }, 'lines of the spill file are damaged: they are lost');
  const frames = await withoutStored(found.frames, store);
  const stored = found.frames.length - frames.length;
  if (stored > 0) {
    log.info({ lines: stored }, 'lines of the spill file were stored before the last stop: they are left out');
    // The store knows it only until it has decided something else.
    writeSpill(file, frames, limits.spillBytes);
  }
  log.info({ lines: frames.length }, 'lines that could not be stored before the last stop are stored first');
  if (frames.length === 0) removeSpill(file);
  return new SpillSource(frames, () => {
    removeSpill(file);
    log.info({ lines: frames.length }, 'the lines of the spill file are stored');
  });
}

/** They are all of one commit, the last one before the stop. */
async function withoutStored(frames: readonly UnstoredFrame[], store: Pick<Store, 'wasStored'>): Promise<HeardFrame[]> {
  const turn = frames.find((frame) => frame.turn !== undefined)?.turn;
  const isStored = turn !== undefined && (await store.wasStored?.(turn)) === true;
  return frames.flatMap(({ turn: of, ...frame }) => (isStored && of !== undefined ? [] : [frame]));
}

/**
 * What could not be stored goes to the spill file. Throws `QVW_LINES_LOST` where it cannot all be kept.
 */
export function keepUnstored(pump: Pick<Pump, 'unstored'>, file: string, log: Log): void {
  const { frames, held } = pump.unstored();
  if (frames.length + held === 0) return;
  let kept = 0;
  let cause: unknown;
  try {
    if (frames.length > 0) kept = writeSpill(file, frames, limits.spillBytes);
  } catch (error) {
    cause = error;
  }
  if (kept > 0)
    log.warn({ lines: kept }, `lines could not be stored: they are in ${file}, and are read at the next start`);
  const lost = frames.length + held - kept;
  if (lost === 0) return;
  log.error({ lost, err: cause }, 'lines could be stored neither in the database nor in the spill file: they are lost');
  throw new OperatingError('QVW_LINES_LOST', `${lost} lines could not be stored and are lost: see the log`, { cause });
}
