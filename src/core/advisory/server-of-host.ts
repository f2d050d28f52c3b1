import type { ServerKind } from '../model/message.ts';
import type { Advisory } from './advisory.ts';

/** Whose server a host in lower case is: that of the row that names it or a domain above it, else the customer's own. */
export function serverOfHost(host: string, { hosts }: Pick<Advisory, 'hosts'>): ServerKind {
  // A name of one label is no domain: `com` is not above every host.
  const isBelow = (domain: string) => domain.includes('.') && host.endsWith(`.${domain}`);
  const row = hosts.find((known) => host === known.host || isBelow(known.host));
  return row?.server ?? 'own';
}
