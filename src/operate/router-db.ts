/** The lists of devices of RANCID and Oxidized (router.db): a device a line, without headings. */
import { isAddress } from '../core/model/names.ts';
import type { Table } from './inventory-file.ts';

/**
 * rancid's router.db(5): `name;type;state`. Oxidized, source csv: `name:driver`, with what its `map` adds and the separator of its
 * `delimiter`; an address may stand between them.
 */
const ENTRY = /^([^\s:;,|"]+)\s*([:;,|\t])\s*(?:(\d+\.\d+\.\d+\.\d+)\s*\2\s*)?([a-z][\w-]*)(?:\s*\2.*)?$/i;

/** Types of RANCID and drivers of Oxidized for what sends Cisco's syslog. */
const CISCO = /^(?:cisco(?:-.+)?|ios(?:xe)?|asa|catos|ciscosmb|aireos|nxos|iosxr)$/i;

/**
 * The names and addresses of the devices; null if the text is no such list: each line that is no comment is an entry of it, and one has a
 * type of Cisco's. A device of another vendor is left out. What the list does not say, stays as it is stored.
 */
export function routerDatabase(text: string): Table | null {
  const rows: Table['rows'][number][] = [];
  let others = 0;
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, name, , second, type] = ENTRY.exec(line.trim()) ?? [];
    if (name === undefined || type === undefined) return null;
    if (!CISCO.test(type)) others++;
    else {
      const cells = isAddress(name)
        ? { address: name }
        : { hostname: name, ...(second === undefined ? {} : { address: second }) };
      rows.push({ line: index + 1, cellAt: (heading) => (cells as Record<string, string>)[heading] });
    }
  }
  if (rows.length === 0) return null;
  const unread = others === 0 ? [] : [`${others} of its devices are not of Cisco, by their type`];
  return { headings: ['hostname', 'address'], rows, unread };
}
