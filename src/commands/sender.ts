import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { OperatingError } from '../errors.ts';

export type Target = { readonly host: string; readonly port: number };

/** An open connection to a syslog port, or a UDP socket for it. */
export type Sender = {
  /** Resolves when the system has accepted the line, or may buffer it. */
  readonly line: (bytes: Buffer) => Promise<void>;
  /** Resolves when the system has accepted all lines and the socket is closed. */
  readonly end: () => Promise<void>;
  /** Closes the socket in any state, without waiting. */
  readonly close: () => void;
};

/** One datagram per line (RFC 5426). */
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
  advice = 'is a receiver listening on this address?',
): OperatingError {
  return new OperatingError('QVW_SEND_FAILED', `${host}:${port} cannot be reached (${error.message}): ${advice}`, {
    cause: error,
  });
}
