import { OperatingError } from '../errors.ts';
import type { Address } from './receiver.ts';

/** The error for an address that could not be bound: why, and what to do. `key`: the address's key in the configuration. */
export function listenFailure(error: unknown, key: string, { host, port }: Address): OperatingError {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') {
    return new OperatingError(
      'QVW_ADDRESS_IN_USE',
      `${key}: ${host}:${port} is in use: stop the other program or choose another port`,
      { cause: error },
    );
  }
  const hint =
    code === 'EACCES'
      ? 'ports below 1024 need the capability CAP_NET_BIND_SERVICE'
      : 'choose an address of this machine';
  return new OperatingError(
    'QVW_LISTEN_FAILED',
    `${key}: cannot listen on ${host}:${port} (${code ?? String(error)}): ${hint}`,
    { cause: error },
  );
}
