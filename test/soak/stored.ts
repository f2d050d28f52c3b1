import { get, type Listed } from '../app/running.ts';

type Page = { readonly incidents: readonly Listed[]; readonly next: string | null };

/** How many lines of each device are in the store, of devices with an incident. */
export async function storedByDevice(api: string): Promise<Map<string, number>> {
  const stored = new Map<string, number>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page = await get(
      `${api}/api/v1/incidents?limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const { device, evidence } of page.incidents) stored.set(device, (stored.get(device) ?? 0) + evidence);
    cursor = page.next;
  }
  return stored;
}

export async function storedLines(api: string): Promise<number> {
  return [...(await storedByDevice(api)).values()].reduce((sum, lines) => sum + lines, 0);
}

/** Devices that have more or fewer lines than `linesUpTo` has made of them, in words. */
export function problemsOf(stored: ReadonlyMap<string, number>, lines: number, devices: number): string[] {
  return Array.from({ length: devices }, (_, device) => {
    const sent = Math.floor(lines / devices) + (device < lines % devices ? 1 : 0);
    const found = stored.get(`sw-${device}`) ?? 0;
    return found === sent ? '' : `sw-${device} has ${found} lines in the store, and ${sent} were sent`;
  }).filter((problem) => problem !== '');
}
