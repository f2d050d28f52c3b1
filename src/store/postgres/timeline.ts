import type { InventoryChange } from '../../core/correlate/inventory-changes.ts';
import type { Device } from '../../core/model/device.ts';
import { unpackEvidence } from '../codec/evidence-record.ts';
import { parseStored } from '../codec/stored-json.ts';
import type { GapSources } from '../gap-rows.ts';
import type { Page } from '../ports/queries.ts';
import type { TimelineQuery, TimelineRow } from '../ports/timeline.ts';
import { type Head, rangeOf, repairsOf, type Source, sinceOf, sourceOf, startsOf, timelinePage } from '../timeline.ts';
import { changeName, noteName, noteOf, transitionOf } from './changes.ts';
import type { PostgresDamage } from './damage.ts';
import type { StoredEvidence } from './evidence.ts';
import { DELIVERED, deliveredName, deliveredOf, NOTICE, noticeName, noticeOf } from './notices.ts';
import type { Session } from './session.ts';
import { GAP, GAPS_OF, HEARD_ELSEWHERE } from './side-rows.ts';

type Changed = InventoryChange['changed'];
type Found = { readonly id: number; readonly row: TimelineRow };

/**
 * What happened to a device or in an incident, out of the tables of each. `sending`: under which names the device sends; null
 * where there is none any more.
 */
export async function timelineOf(
  session: Session,
  damage: PostgresDamage,
  query: TimelineQuery,
  device: Device | null,
  sending: GapSources | null,
): Promise<Page<TimelineRow>> {
  const { device: key, incident, limit, kinds, after } = query;
  const { from, to } = rangeOf(query);
  const starts = startsOf(after);
  const [ordinal, id] = [incident?.ordinal ?? null, incident?.id ?? null];
  const isOf = 'device = $1 AND ($2::int4 IS NULL OR ordinal = $2)';
  /** The rows of a page out of one table, whose columns `at` and `number` order it. */
  const found = async <T extends object>(
    source: number,
    [select, table, where]: readonly [string, string, string],
    [at, number]: readonly [string, string],
    values: readonly unknown[],
    read: (row: T & { at: number; number: number }) => TimelineRow | null,
  ): Promise<Found[]> => {
    const start: Head = starts(source);
    const n = values.length;
    const rows = await session.rows<T & { at: number; number: number }>(
      `SELECT ${select}, ${at} AS at, ${number} AS number FROM ${table} WHERE ${where}
         AND (${at}, ${number}::float8) < ($${n + 1}::float8, $${n + 2}::float8)
       ORDER BY ${at} DESC, ${number} DESC LIMIT $${n + 3}`,
      ...[...values, start.at, start.id, limit + 1],
    );
    return rows.flatMap((of) => {
      const row = read(of);
      return row === null ? [] : { id: of.number, row };
    });
  };
  const own = [key, ordinal];
  const noticesIn = (state: string) =>
    [NOTICE, 'notice', `state = '${state}' AND incident IN (SELECT id FROM incident WHERE ${isOf})`] as const;
  const notice = (row: Parameters<typeof noticeOf>[0] & { at: number }): TimelineRow | null => {
    const notice = damage.readOne('notice', noticeName(row), () => noticeOf(row));
    return notice && { at: row.at, kind: 'notice', notice };
  };
  /** What people know a row by whose number is its id. */
  const named = ({ number: id }: { readonly number: number }) => ({ device: key, id });
  const [changes, messages, pending, dead, delivered, notes, gaps, inventory] = await Promise.all([
    found<Parameters<typeof transitionOf>[0]>(
      0,
      ['device, ordinal, record', 'transition', isOf],
      ['at', 'id'],
      own,
      (row) => {
        const change = damage.readOne('transition', changeName(named(row)), () => transitionOf(row));
        return change && { at: row.at, kind: 'change', change };
      },
    ),
    found<StoredEvidence>(
      1,
      ['device, ordinal, mnemonic, decisive, digest, record', 'evidence', isOf],
      ['at', 'id'],
      own,
      (row) => {
        const message = damage.readOne('evidence', `${key}, line ${row.number}`, () => unpackEvidence(row));
        return message && { at: row.at, kind: 'message', message };
      },
    ),
    found(2, noticesIn('pending'), ['created_at', 'seq'], own, notice),
    found(3, noticesIn('dead'), ['created_at', 'seq'], own, notice),
    found<Parameters<typeof deliveredOf>[0]>(
      4,
      [DELIVERED, 'delivered', 'device = $1 AND ($2::text IS NULL OR incident = $2)'],
      ['delivered_at', 'n'],
      [key, id],
      (row) => {
        const notice = damage.readOne('delivered', deliveredName(row), () => deliveredOf(row));
        return notice && { at: row.at, kind: 'notice', notice };
      },
    ),
    found<Parameters<typeof noteOf>[0]>(5, ['device, ordinal, record', 'note', isOf], ['at', 'id'], own, (row) => {
      const note = damage.readOne('note', noteName(named(row)), () => noteOf(row));
      return note && { at: row.at, kind: 'note', note };
    }),
    sending === null
      ? []
      : found<{ from: number; to: number; lost: number; atMost: boolean }>(
          7,
          [GAP, 'gap', `${GAPS_OF} AND to_at BETWEEN $4 AND $5 AND NOT ${HEARD_ELSEWHERE}`],
          ['to_at', 'id'],
          [sending.peers, sending.names, sending.own, from, to],
          (row) => ({
            at: row.at,
            kind: 'gap',
            gap: { from: row.from, to: row.to, lost: row.lost, atMost: row.atMost },
          }),
        ),
    found<{ device: string; record: string }>(
      8,
      ['device, record', 'inventory_change', 'device = $1 AND at BETWEEN $2 AND $3'],
      ['at', 'id'],
      [key, from, to],
      (row) => {
        const read = (): Changed => parseStored(row.record);
        const changed = damage.readOne('inventory_change', `${key}, inventory change ${row.number}`, read);
        return changed && { at: row.at, kind: 'inventory', inventory: { device: row.device, at: row.at, changed } };
      },
    ),
  ]);
  const repairs = device === null ? [] : repairsOf(device, sinceOf(query, device));
  const sources: Source[] = [
    sourceOf('change', changes),
    sourceOf('message', messages),
    sourceOf('notice', pending),
    sourceOf('notice', dead),
    sourceOf('notice', delivered),
    sourceOf('note', notes),
    sourceOf(
      'repair',
      repairs.map((row, number) => ({ id: number, row })),
    ),
    sourceOf('gap', gaps),
    sourceOf('inventory', inventory),
  ];
  return timelinePage(sources, kinds, after, limit);
}
