/** TLS of the HTTP port: the suites of syslog over TLS, and certificates that are replaced while it serves. */
import type { Server as HttpServer } from 'node:http';
import { Server as HttpsServer, type ServerOptions } from 'node:https';
import { tlsSuites } from '../receive/tls.ts';

/** In PEM. `ca`: who signs the certificates that clients must show; null: clients need none. */
export type HttpTls = { readonly cert: Buffer; readonly key: Buffer; readonly ca: Buffer | null };

export function httpsOptions({ cert, key, ca }: HttpTls): ServerOptions {
  return { ...tlsSuites, cert, key, ...(ca === null ? {} : { ca }), ...clientsOf(ca) };
}

/** New connections use these certificates; those that are open go on. A server without TLS stays as it is. */
export function replaceTls(server: HttpServer | HttpsServer, tls: HttpTls): void {
  if (!(server instanceof HttpsServer)) return;
  server.setSecureContext(httpsOptions(tls));
  // Node.js asks these properties at each connection; setSecureContext() does not set them.
  Object.assign(server, clientsOf(tls.ca));
}

const clientsOf = (ca: Buffer | null) => ({ requestCert: ca !== null, rejectUnauthorized: ca !== null });
