/** What to do at each device as journal entries of NetBox, as `POST /api/extras/journal-entries/` takes a list of them. */
import type { RepairTask } from '../core/fleet/repair-tasks.ts';
import { OperatingError } from '../errors.ts';

/** As NetBox describes it (`WritableJournalEntryRequest` of its OpenAPI document). */
export type JournalEntry = {
  readonly assigned_object_type: 'dcim.device';
  readonly assigned_object_id: number;
  readonly kind: 'info' | 'warning' | 'danger';
  /** Markdown. */
  readonly comments: string;
};

export type NetboxIds = { readonly of: (task: RepairTask) => number | null };

/**
 * The ids of NetBox's devices, which its journal goes by. `text`: JSON of `GET /api/dcim/devices/`, the answer or its `results`.
 * A device is found by its serial number, then its name, then its primary address. What two devices of NetBox have finds neither:
 * names there are unique within a site, addresses within a VRF.
 */
export function netboxIds(text: string): NetboxIds {
  const byName = new Map<string, number | null>();
  for (const device of devicesIn(text)) {
    const { id, name, serial, primary_ip, primary_ip4, primary_ip6 } = device as Record<string, unknown>;
    if (typeof id !== 'number') continue;
    const addresses = [primary_ip, primary_ip4, primary_ip6].map(addressOf);
    for (const [kind, value] of [['serial', serial], ['name', name], ...addresses.map((one) => ['address', one])])
      if (typeof value === 'string' && value !== '') {
        const key = keyOf(`${kind}`, value);
        byName.set(key, byName.has(key) && byName.get(key) !== id ? null : id);
      }
  }
  const found = (kind: string, value: string | null) => (value === null ? undefined : byName.get(keyOf(kind, value)));
  return {
    of: ({ serial, hostname, device, address }) =>
      found('serial', serial) ?? found('name', hostname) ?? found('name', device) ?? found('address', address) ?? null,
  };
}

function devicesIn(text: string): readonly object[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`it is not JSON: ${(error as Error).message}`);
  }
  const list = Array.isArray(value) ? value : (value as { results?: unknown } | null)?.results;
  if (!Array.isArray(list)) throw invalid('it is not the answer of /api/dcim/devices/, which has a list "results"');
  return list.filter((entry) => typeof entry === 'object' && entry !== null);
}

/** `{"address": "192.0.2.7/24"}`, or the text alone. */
function addressOf(value: unknown): unknown {
  const text = typeof value === 'object' && value !== null ? (value as { address?: unknown }).address : value;
  return typeof text === 'string' ? text.replace(/\/\d+$/, '') : null;
}

function keyOf(kind: string, value: string): string {
  return `${kind} ${value.toLowerCase()}`;
}

const KINDS: Record<string, JournalEntry['kind']> = { critical: 'danger', major: 'warning' };

export function journalEntry(task: RepairTask, id: number): JournalEntry {
  return {
    assigned_object_type: 'dcim.device',
    assigned_object_id: id,
    kind: KINDS[task.severity ?? ''] ?? 'info',
    comments: commentsOf(task),
  };
}

function commentsOf({ incident, state, severity, diagnosis, ...task }: RepairTask): string {
  const grace = task.graceUntil ?? (task.graceUntilAtMost === null ? null : `${task.graceUntilAtMost} at the latest`);
  return [
    incident === null
      ? `No incident is open; a capture shows that something is to be done.`
      : `**${code(incident)}**: ${state}, severity ${severity}, diagnosis ${diagnosis ?? 'none'}.`,
    ...(grace === null ? [] : ['', `Grace period until ${grace}.`]),
    ...(task.fixedIn === null ? [] : ['', `Upgrade to ${task.fixedIn} or later, or repair it:`]),
    ...(task.commands.length === 0 ? [] : ['', ...task.commands.map((command) => `    ${command}`)]),
    ...(task.checks.length === 0 ? [] : ['', ...task.checks.map((check) => `- ${code(check)}`)]),
  ].join('\n');
}

/** As code, so that a text of the network is not read as Markdown. */
function code(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``;
}

function invalid(what: string): OperatingError {
  return new OperatingError('QVW_INVENTORY_INVALID', `the devices of NetBox cannot be read: ${what}`);
}
