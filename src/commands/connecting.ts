import { isIP } from 'node:net';
import { type ConnectionOptions, TLSSocket } from 'node:tls';

/** SNI (RFC 6066 §3) takes a host name, not an IP address. */
export function nameFor(host: string): ConnectionOptions {
  return isIP(host) === 0 ? { servername: host } : {};
}

/** What to do where a certificate is not trusted; undefined if that was not the reason. */
export function adviceFor(socket: object): string | undefined {
  const untrusted = socket instanceof TLSSocket && socket.authorizationError;
  return untrusted ? 'give the CA of this receiver with --ca, or skip the check with --insecure' : undefined;
}
