import { readFile } from 'node:fs/promises';

/**
 * Datagrams that Linux dropped on the sockets of a local UDP port, from the `drops` column of /proc/net/udp and udp6.
 * Null where there is no such file.
 */
export async function kernelDrops(port: number): Promise<number | null> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  let total: number | null = null;
  for (const file of ['/proc/net/udp', '/proc/net/udp6']) {
    const table = await readFile(file, 'utf8').catch(() => null);
    if (table === null) continue;
    total ??= 0;
    for (const line of table.split('\n').slice(1)) {
      const columns = line.trim().split(/\s+/);
      if (columns[1]?.endsWith(suffix)) total += Number(columns.at(-1));
    }
  }
  return total;
}
