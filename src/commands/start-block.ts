/** What a person at a terminal sees of a service that has started. */
import type { Addresses } from '../app.ts';
import type { Config } from '../config/schema.ts';
import { unprotected } from '../config/unprotected.ts';
import { textOf } from '../systemd/passed-sockets.ts';
import { version } from '../version.ts';

type Started = {
  readonly addresses: Addresses;
  readonly advisory: { readonly name: string; readonly title: string };
};

/** Lines with their line ends. */
export function startBlock({ addresses, advisory }: Started, config: Config): string {
  const { http, probe, ...syslog } = addresses;
  const listeners = Object.entries(syslog).map(([name, address]) => `${name.toUpperCase()} ${textOf(address)}`);
  const url = http === undefined ? 'off' : `${config.http.tls === null ? 'http' : 'https'}://${textOf(http)}`;
  const sinks = config.sinks.map(({ name, kind }) => (name === kind ? name : `${name} (${kind})`));
  const open = unprotected(config);
  const rows: [head: string, texts: readonly string[]][] = [
    ['syslog', [listeners.join(', ') || 'off']],
    ['HTTP', [url, ...(probe === undefined ? [] : [`probes http://${textOf(probe)}`])]],
    ['data', [config.store ?? config.data]],
    ['advisory', [`${advisory.title} (${advisory.name})`]],
    ['notifies', [sinks.join(', ') || 'nobody: sinks is empty']],
    ['unprotected', open.length === 0 ? ['nothing that is known'] : open],
  ];
  const lines = rows.flatMap(([head, texts]) =>
    texts.map((text, index) => `  ${(index === 0 ? head : '').padEnd(12)} ${text}`),
  );
  return `\nquovadis-watch ${version}\n${lines.join('\n')}\n\n`;
}
