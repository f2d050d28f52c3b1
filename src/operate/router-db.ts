/** The lists of devices of RANCID and Oxidized (router.db): a device a line, without headings. */
import { isAddress } from '../core/model/names.ts';
import type { Table } from './inventory-file.ts';

/** rancid's router.db(5): `name;type;state`. Oxidized, source csv: `name:driver`, with what its `map` adds. */
const ENTRY = /^([^\s:;,"]+)[:;]([a-z][\w-]*)(?:[:;].*)?$/i;

/** Types of RANCID and drivers of Oxidized for what sends Cisco's syslog. */
const CISCO = /^(?:cisco(?:-.+)?|ios(?:xe)?|asa|catos|ciscosmb|aireos|nxos|iosxr)$/i;

/**
 * The names and addresses of the devices; null if the text is no such list: each line that is no comment is an entry of it, and one has a
 * type of Cisco's. A device of another vendor is left out. What the list does not say, stays as it is stored.
 */
export function routerDatabase(text: string): Table | null {
  const rows: Table['rows'][number][] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, name, type] = ENTRY.exec(line.trim()) ?? [];
    if (name === undefined || type === undefined) return null;
    const column = isAddress(name) ? 'address' : 'hostname';
    if (CISCO.test(type)) rows.push({ line: index + 1, cellAt: (heading) => (heading === column ? name : undefined) });
  }
  return rows.length === 0 ? null : { headings: ['hostname', 'address'], rows };
}
