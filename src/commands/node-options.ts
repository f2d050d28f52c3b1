import { fileURLToPath } from 'node:url';
import { givenNodeOptions } from '../node-options.ts';
import { hasPassedSockets } from '../systemd/passed-sockets.ts';

const OPENSSL = '--openssl-config';
const YOUNG = '--max-semi-space-size';

/**
 * Options of Node.js that a program can set only at its start: OpenSSL sends no session tickets (deploy/openssl.cnf),
 * SIGUSR1 opens no debugger, and the two spaces for new objects have 16 MiB each: V8 would take 64 MiB each at once, which
 * makes nothing faster here.
 */
const OPTIONS = [
  `${OPENSSL}=${fileURLToPath(new URL('../../deploy/openssl.cnf', import.meta.url))}`,
  '--disable-sigusr1',
  `${YOUNG}=16`,
];

/** The options that the process lacks. A file for OpenSSL and a size that the user has chosen stay. */
export function lackingNodeOptions(): readonly string[] {
  const given = givenNodeOptions();
  const chosen = new Set(given.map(nameOf));
  if (process.env['OPENSSL_CONF']) chosen.add(OPENSSL);
  return OPTIONS.filter((option) => !chosen.has(nameOf(option)));
}

/**
 * Starts the same program once more in the same process, with the options that it lacks: so it has them however it was started.
 * Call it before anything is read or opened; it returns only if none is lacking, or if they cannot be set. Node.js closes
 * sockets that systemd has passed when a process starts another program: with such sockets it has to be started with the options.
 */
export function withNodeOptions(): void {
  const lacking = lackingNodeOptions();
  const { execve } = process;
  if (lacking.length === 0 || execve === undefined || hasPassedSockets(process.env, process.pid)) return;
  execve.call(process, process.execPath, [
    ...[process.execPath, ...process.execArgv, ...lacking],
    ...process.argv.slice(1),
  ]);
}

/** V8 takes its own options with underscores too. */
const nameOf = (option: string) => (option.split('=')[0] ?? '').replaceAll('_', '-');
