/** The processes that are measured. Each is started here, and also ended here if the bench fails. */
import { type ChildProcess, type ForkOptions, fork, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const GRACE_MS = 30_000;
const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export function start(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  return watched(spawn(program, args, options));
}

/** A helper of the bench itself, which answers messages. */
export function startHelper(file: string, args: readonly string[], options: ForkOptions = {}): ChildProcess {
  return watched(fork(fileURLToPath(new URL(file, import.meta.url)), args, options));
}

function watched(child: ChildProcess): ChildProcess {
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

/** The next message of a helper. Rejects if the helper ends instead. */
export async function messageFrom<T>(child: ChildProcess): Promise<T> {
  const ended = new AbortController();
  const broken = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`a helper ended with ${code} before it answered`);
  });
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal: ended.signal }), broken])) as [T];
    return message;
  } finally {
    ended.abort();
    broken.catch(() => {});
  }
}

/** Asks a process to end, and kills it if it does not end in time. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const late = new AbortController();
  await Promise.race([gone, delay(GRACE_MS, undefined, { signal: late.signal }).catch(() => {})]);
  late.abort();
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await gone;
  }
}

/** Bytes of a process that are in memory now, and that were at most. */
export function memoryOf(pid: number): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { now: of('VmRSS'), most: of('VmHWM') };
}

/** Processor seconds of a process so far; without a pid, those of all children that have ended. */
export function processorSeconds(pid?: number): number {
  const stat = readFileSync(`/proc/${pid ?? 'self'}/stat`, 'utf8');
  // The name, in parentheses, may hold spaces; the state is the third field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = pid === undefined ? [fields[13], fields[14]] : [fields[11], fields[12]];
  return (Number(user) + Number(system)) / TICKS_PER_SECOND;
}

/** USER_HZ, which is 100 on every Linux. */
const TICKS_PER_SECOND = 100;
