/** Where and on what something was measured. */
import { spawnSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

/** `2026-11-25, commit 8365929 with changes in src; 2 cores (AMD EPYC), 24 GiB, Linux 6.18.44; node v24.21.0`. */
export function provenance(versions: readonly string[]): string {
  const git = (...args: string[]) => spawnSync('git', ['-C', here, ...args], { encoding: 'utf8' }).stdout.trim();
  const changed = git('status', '--porcelain', '--', '../src', '../advisories') === '' ? '' : ' with changes in src';
  const kernel = spawnSync('uname', ['-sr'], { encoding: 'utf8' }).stdout.trim();
  const machine = `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${kernel}`;
  const date = new Date().toISOString().slice(0, 10);
  const programs = [`node ${process.version}`, ...versions].join(', ');
  return `${date}, commit ${git('rev-parse', '--short', 'HEAD')}${changed}; ${machine}; ${programs}.`;
}
