import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { OperatingError } from '../errors.ts';

export type Target = { readonly host: string; readonly port: number };

/** A way to a syslog port. */
export type Sender = {
  /** Resolves once the line is handed to the system, or may wait there. */
  readonly line: (bytes: Buffer) => Promise<void>;
  /** Resolves once all is handed over. */
  readonly end: () => Promise<void>;
  /** Lets go of what is open, whatever state it is in. */
  readonly close: () => void;
};

/** One datagram a line (RFC 5426). */
export function udpSender({ host, port }: Target): Sender {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const closed = new Promise<void>((resolve) => socket.on('close', resolve));
  let open = true;
  const close = () => {
    if (open) socket.close();
    open = false;
  };
  return {
    line: (bytes) =>
      new Promise((resolve, reject) =>
        socket.send(bytes, port, host, (error) =>
          error === null ? resolve() : reject(unreached({ host, port }, error)),
        ),
      ),
    end: async () => {
      close();
      await closed;
    },
    close,
  };
}

export function unreached(
  { host, port }: Target,
  error: Error,
  advice = 'is the service listening there?',
): OperatingError {
  return new OperatingError('QVW_SEND_FAILED', `${host}:${port} cannot be reached (${error.message}): ${advice}`, {
    cause: error,
  });
}
