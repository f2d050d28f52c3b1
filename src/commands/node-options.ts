import { fileURLToPath } from 'node:url';

const OPENSSL = '--openssl-config';

/**
 * Options of Node.js that a program can set only at its start: OpenSSL sends no session tickets (deploy/openssl.cnf), and
 * SIGUSR1 opens no debugger.
 */
const OPTIONS = [
  `${OPENSSL}=${fileURLToPath(new URL('../../deploy/openssl.cnf', import.meta.url))}`,
  '--disable-sigusr1',
];

/**
 * Starts the same program once more in the same process, with the options that it lacks: so it has them however it was started.
 * Call it before anything is read or opened; it returns only with the options that cannot be set, mostly none. A file
 * for OpenSSL that the user has chosen stays.
 */
export function withNodeOptions(): readonly string[] {
  const isOwn = process.execArgv.some((option) => option.startsWith(`${OPENSSL}=`)) || process.env['OPENSSL_CONF'];
  const lacking = OPTIONS.filter(
    (option) => !process.execArgv.includes(option) && !(isOwn && option.startsWith(OPENSSL)),
  );
  const { execve } = process;
  if (lacking.length === 0 || execve === undefined) return lacking;
  return execve.call(process, process.execPath, [
    ...[process.execPath, ...process.execArgv, ...lacking],
    ...process.argv.slice(1),
  ]);
}
