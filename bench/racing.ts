/** One run of a program over a file, from its start to its end. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Contestant } from './contestants.ts';
import { processorSeconds } from './processes.ts';

/** `processor`: seconds of all threads, user and system. */
export type Run = { readonly seconds: number; readonly processor: number };

/** A program that has not ended by then is ended. */
export const LIMIT_SECONDS = 120;

/** Runs a program to its end. Returns null if the program does not end in time. */
export function race(
  { name, program, args, environment, before }: Contestant,
  file: string,
  output: string,
): Run | null {
  before?.();
  const [stdin, stdout] = [openSync(file, 'r'), openSync(output, 'w')];
  const used = processorSeconds();
  const started = performance.now();
  const { status, error, stderr } = spawnSync(program, args(file), {
    stdio: [stdin, stdout, 'pipe'],
    timeout: LIMIT_SECONDS * 1000,
    ...(environment === undefined ? {} : { env: environment }),
  });
  const seconds = (performance.now() - started) / 1000;
  closeSync(stdin);
  closeSync(stdout);
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT') return null;
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${error?.message ?? stderr}`);
  return { seconds, processor: processorSeconds() - used };
}
