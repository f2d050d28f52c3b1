import { readFile } from 'node:fs/promises';

/** What Linux tells of the sockets of a local UDP port, all together. */
export type KernelBuffers = {
  /** Datagrams that found the buffer full. */
  readonly drops: number;
  /** Bytes of memory that datagrams take which were not read yet. */
  readonly queuedBytes: number;
};

/** Datagrams that Linux dropped on the sockets of a local UDP port; null where it does not tell. */
export async function kernelDrops(port: number): Promise<number | null> {
  return (await kernelBuffers(port))?.drops ?? null;
}

/** From the columns `drops` and `rx_queue` of /proc/net/udp and udp6. Null where there is no such file. */
export async function kernelBuffers(port: number): Promise<KernelBuffers | null> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  let total: KernelBuffers | null = null;
  for (const file of ['/proc/net/udp', '/proc/net/udp6']) {
    const table = await readFile(file, 'utf8').catch(() => null);
    if (table === null) continue;
    total ??= { drops: 0, queuedBytes: 0 };
    for (const line of table.split('\n').slice(1)) {
      const columns = line.trim().split(/\s+/);
      if (!columns[1]?.endsWith(suffix)) continue;
      const queued = Number.parseInt(columns[4]?.split(':')[1] ?? '', 16) || 0;
      total = { drops: total.drops + Number(columns.at(-1)), queuedBytes: total.queuedBytes + queued };
    }
  }
  return total;
}
