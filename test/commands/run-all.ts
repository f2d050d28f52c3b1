/** Runs several command lines in one process, one after the other. Standard input: a JSON list of them; standard output: what each has written, in base64, and its exit code. */
import { readFileSync } from 'node:fs';
import { runCommand } from '../../src/commands/program.ts';

const lines = JSON.parse(readFileSync(0, 'utf8')) as string[][];
const results: { status: number; stdout: string; stderr: string }[] = [];
const real = process.stdout.write.bind(process.stdout);
process.stdout.setMaxListeners(0);
for (const args of lines) {
  const written: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = ((chunk: string | Uint8Array) => {
      written[name].push(typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk));
      return true;
    }) as typeof process.stdout.write;
  }
  const status = await runCommand(args);
  const of = (name: 'stdout' | 'stderr') => Buffer.concat(written[name]).toString('base64');
  results.push({ status, stdout: of('stdout'), stderr: of('stderr') });
}
real(JSON.stringify(results), () => process.exit(0));
