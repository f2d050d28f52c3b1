import { isOwnHost } from '../core/model/names.ts';
import { listenAddress } from './load.ts';
import type { Config } from './schema.ts';

/** What an attacker could use, as sentences for people: each names the key that changes it. Empty: nothing is open. */
export function unprotected({ syslog, http }: Config): string[] {
  const { udp, tcp, tls, relp, allow } = syslog;
  const receives = isOpen(udp) || isOpen(tcp) || isOpen(tls?.listen ?? null) || isOpen(relp?.listen ?? null);
  const plain = [
    ['UDP', isOpen(udp)],
    ['TCP', isOpen(tcp)],
    ['RELP', isOpen(relp?.listen ?? null) && relp?.cert == null],
  ] as const;
  const names = plain.flatMap(([name, is]) => (is ? [name] : []));
  const rows: [is: boolean, words: string][] = [
    [
      names.length > 0,
      `syslog over ${names.join(', ')} is not encrypted, and nothing proves who has sent a line (syslog.tls)`,
    ],
    [receives && allow.length === 0, 'every address may send syslog (syslog.allow)'],
    [
      isOpen(tls?.listen ?? null) && tls?.clientCa === null,
      'senders over TLS need no certificate (syslog.tls.clientCa)',
    ],
    [
      http.listen !== null && http.readTokens.length === 0 && http.writeTokens.length === 0,
      isOpen(http.listen)
        ? 'everybody who reaches the HTTP port may read (http.readTokens)'
        : 'every program on this machine may read and write over HTTP (http.readTokens, http.writeTokens)',
    ],
    [isOpen(http.listen) && http.tls === null, 'HTTP is not encrypted: tokens can be read on the network (http.tls)'],
  ];
  return rows.flatMap(([is, words]) => (is ? [words] : []));
}

/** Whether other machines reach it. */
function isOpen(address: string | null): boolean {
  const host = listenAddress(address)?.host;
  return host !== undefined && !isOwnHost(host);
}
