import type Database from 'better-sqlite3';
import type { Device } from '../../core/model/device.ts';
import type { GapSources } from '../gap-rows.ts';
import type { Page } from '../ports/queries.ts';
import type { TimelineQuery, TimelineRow } from '../ports/timeline.ts';
import { type Head, rangeOf, repairsOf, type Source, sourceOf, timelinePage } from '../timeline.ts';
import type { SqliteEvidence } from './evidence.ts';
import type { SqliteGaps } from './gaps.ts';
import type { SqliteIncidents } from './incidents.ts';
import type { SqliteInventoryChanges } from './inventory-changes.ts';
import type { SqliteOutbox } from './outbox.ts';

const BEFORE = '(at, id) < (@at, @id) ORDER BY at DESC, id DESC LIMIT @limit';
/** What `@ordinal` and `@incident` restrict where they are given. */
const OF = 'device = @device AND (@ordinal IS NULL OR ordinal = @ordinal)';

/** By the incidents of the device, of which there are few; SQLite would rather read all notices of a state. */
const noticesIn = (index: string, state: string) =>
  `SELECT created_at AS at, seq AS id FROM notice INDEXED BY ${index} WHERE state = '${state}'
     AND incident IN (SELECT id FROM incident WHERE device = @device AND (@ordinal IS NULL OR ordinal = @ordinal))
     AND (created_at, seq) < (@at, @id) ORDER BY created_at DESC, seq DESC LIMIT @limit`;

function prepare(database: Database.Database) {
  const heads = (sql: string) => database.prepare<[object], Head>(sql);
  return {
    // Each reads an index that has all it needs, and only the rows of the page.
    messages: heads(`SELECT at, id FROM evidence WHERE ${OF} AND ${BEFORE}`),
    changes: heads(`SELECT at, id FROM transition WHERE ${OF} AND ${BEFORE}`),
    notes: heads(`SELECT at, id FROM note WHERE ${OF} AND ${BEFORE}`),
    pending: heads(noticesIn('notice_incident', 'pending')),
    dead: heads(noticesIn('notice_dead', 'dead')),
    delivered: heads(
      `SELECT delivered_at AS at, n AS id FROM delivered WHERE device = @device
         AND (@incident IS NULL OR json_valid(record) AND json_extract(record, '$.incident') = @incident)
         AND (delivered_at, n) < (@at, @id) ORDER BY delivered_at DESC, n DESC LIMIT @limit`,
    ),
  };
}

type Parts = {
  readonly evidence: SqliteEvidence;
  readonly gaps: SqliteGaps;
  readonly inventory: SqliteInventoryChanges;
  readonly incidents: SqliteIncidents;
  readonly outbox: SqliteOutbox;
};

/** What happened to a device or in an incident, out of the tables of each. */
export class SqliteTimeline {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #parts: Parts;

  constructor(database: Database.Database, parts: Parts) {
    this.#statements = prepare(database);
    this.#parts = parts;
  }

  /**
   * `device`: null where there is none any more; `since`: its repairs from then on belong to what is asked for; `sending`: under
   * which names it sends.
   */
  page(query: TimelineQuery, device: Device | null, since: number, sending: GapSources | null): Page<TimelineRow> {
    return timelinePage(this.#sources(query, device, since, sending), query.kinds, query.after, query.limit);
  }

  #sources(query: TimelineQuery, device: Device | null, since: number, sending: GapSources | null): Source[] {
    const { device: key, incident } = query;
    const { gaps, inventory } = this.#parts;
    const range = rangeOf(query);
    const { messages, changes, notes, pending, dead, delivered } = this.#statements;
    const of = { device: key, ordinal: incident?.ordinal ?? null, incident: incident?.id ?? null };
    const headsOf = (statement: Database.Statement<[object], Head>) => (before: Head, limit: number) =>
      statement.all({ ...of, ...before, limit });
    const repairs = device === null ? [] : repairsOf(device, since);
    return [
      { kind: 'change', heads: headsOf(changes), row: (head) => this.#change(head) },
      { kind: 'message', heads: headsOf(messages), row: (head) => this.#message(head) },
      { kind: 'notice', heads: headsOf(pending), row: (head) => this.#notice(head) },
      { kind: 'notice', heads: headsOf(dead), row: (head) => this.#notice(head) },
      { kind: 'notice', heads: headsOf(delivered), row: (head) => this.#delivered(head) },
      { kind: 'note', heads: headsOf(notes), row: (head) => this.#note(head) },
      sourceOf(
        'repair',
        repairs.map((row, id) => ({ id, row })),
      ),
      {
        kind: 'gap',
        heads: (before, limit) => (sending === null ? [] : gaps.heads(sending, range, before, limit)),
        row: ({ at, id }) => {
          const gap = gaps.one(id);
          return gap === null ? null : { at, kind: 'gap', gap };
        },
      },
      {
        kind: 'inventory',
        heads: (before, limit) => inventory.heads(key, range, before, limit),
        row: ({ at, id }) => {
          const change = inventory.one(id);
          return change === null ? null : { at, kind: 'inventory', inventory: change };
        },
      },
    ];
  }

  #message({ at, id }: Head): TimelineRow | null {
    const message = this.#parts.evidence.one(id);
    return message === null ? null : { at, kind: 'message', message };
  }

  #change({ at, id }: Head): TimelineRow | null {
    const change = this.#parts.incidents.transition(id);
    return change === null ? null : { at, kind: 'change', change };
  }

  #note({ at, id }: Head): TimelineRow | null {
    const note = this.#parts.incidents.note(id);
    return note === null ? null : { at, kind: 'note', note };
  }

  #notice({ at, id }: Head): TimelineRow | null {
    const notice = this.#parts.outbox.notice(id);
    return notice === null ? null : { at, kind: 'notice', notice };
  }

  #delivered({ at, id }: Head): TimelineRow | null {
    const notice = this.#parts.outbox.deliveredNotice(id);
    return notice === null ? null : { at, kind: 'notice', notice };
  }
}
