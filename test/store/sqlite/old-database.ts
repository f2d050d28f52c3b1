/** A database as a former version left it: judged by another advisory, in the former schema. */

import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Advisory } from '../../../src/core/advisory/advisory.ts';
import type { Frame } from '../../../src/core/model/message.ts';
import { liveTime } from '../../../src/core/read/event-time.ts';
import { Pipeline } from '../../../src/pipeline/pipeline.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { DATABASE_NAME, openDatabase } from '../../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../../src/store/sqlite/store.ts';
import { advisory, BODIES, DAY, frameOf, HOUR, T0 } from '../../given.ts';
import { writeSums } from './sums.ts';

/** An earlier version of the shipped advisory, in which some families had other weights. */
export const oldAdvisory: Advisory = {
  ...advisory,
  version: advisory.version - 1,
  name: `${advisory.id} version ${advisory.version - 1}`,
  families: new Map(
    [...advisory.families].map(([name, family]) => [name, { ...family, weight: oldWeight(name) ?? family.weight }]),
  ),
};

function oldWeight(name: string): number | undefined {
  return { 'call-home': 4, authorization: 0 }[name];
}

type Line = readonly [device: string, hours: number, body: string];

/** What each device has said, and what its incident is: under the former advisory, and under the present one. */
export const STORY: Record<string, { lines: readonly (readonly [number, string])[]; was: string; is: string }> = {
  'sw-less': {
    lines: [
      [0, BODIES.callHome205],
      [1, BODIES.commFailed],
    ],
    was: 'confirmed',
    is: 'suspected',
  },
  'sw-more': {
    lines: [
      [0, BODIES.crlSla],
      [1, BODIES.authSendError],
    ],
    was: 'none',
    is: 'suspected',
  },
  'sw-none': {
    lines: [
      [0, BODIES.callHome205],
      [200, BODIES.commFailed],
      [201, BODIES.callHome207],
    ],
    was: 'none',
    is: 'none',
  },
  'sw-same': {
    lines: [
      [0, BODIES.callHome205],
      [1, BODIES.crlSla],
      [2, BODIES.commFailed],
    ],
    was: 'confirmed',
    is: 'confirmed',
  },
  'sw-over': {
    lines: [
      [0, BODIES.callHome205],
      [1, BODIES.crlSla],
      [2, BODIES.commRestored],
      [220, BODIES.callHome205],
      [221, BODIES.commFailed],
    ],
    was: 'confirmed',
    is: 'suspected',
  },
};

/** Writes the story into a directory, as lines that arrived in their order. */
export async function writeOldDatabase(data: string, by: Advisory = oldAdvisory): Promise<void> {
  const store = new SqliteStore(openDatabase(data), projectionOf(by));
  const pipeline = new Pipeline({ store, advisory: by, time: liveTime(() => 0), clock: () => 0 });
  const lines = Object.entries(STORY).flatMap(([device, { lines }]) =>
    lines.map(([hours, body]): Line => [device, hours, body]),
  );
  lines.sort(([, a], [, b]) => a - b);
  for (const line of lines) {
    await pipeline.due(T0 + line[1] * HOUR, 100);
    await pipeline.run([frame(line)], T0 + line[1] * HOUR);
  }
  await pipeline.due(T0 + 12 * DAY, 100);
  await store.close();
}

export function frame([device, hours, body]: Line): Frame {
  return frameOf(`<187>${hours}: ${device}: ${body}`, { receivedAt: T0 + hours * HOUR });
}

const LATER_COLUMNS = [
  ...['plant', 'product', 'release', 'diagnosis', 'grace_until', 'grace_bounded', 'place_assumed'],
  ...['acknowledged_at', 'acknowledged_by', 'changed_at'],
];

/** Takes away what the entries of the schema since version 7 have added. */
export function withFormerSchema(data: string): void {
  const database = new Database(join(data, DATABASE_NAME));
  for (const table of ['alias', 'transition', 'note', 'notice', 'source', 'alert'])
    database.exec(`ALTER TABLE ${table} DROP COLUMN sum`);
  database.exec(
    `DROP TABLE gap; DROP TABLE inventory_change; DROP TABLE day; DROP INDEX notice_dead; DROP INDEX notice_incident; DROP INDEX transition_device; DROP INDEX incident_older;
     DROP INDEX incident_columns; ${LATER_COLUMNS.map((column) => `ALTER TABLE incident DROP COLUMN ${column};`).join(' ')}
     CREATE INDEX incident_opened ON incident (opened_at, device, id); CREATE INDEX incident_state ON incident (state, severity);
     CREATE INDEX transition_incident ON transition (device, ordinal);
     CREATE INDEX notice_incident ON notice (sink, incident, seq) WHERE state = 'pending';
     DROP TABLE delivered; DROP INDEX evidence_mnemonic; DROP TABLE member; DROP TABLE fleet_count; UPDATE device SET projected = 3; CREATE INDEX device_condition ON device (condition); CREATE INDEX device_plant ON device (plant) WHERE plant IS NOT NULL; CREATE INDEX device_bounded ON device (grace_bounded) WHERE grace_bounded = 1; CREATE INDEX device_recovery_hidden ON device (recovery_hidden) WHERE recovery_hidden = 1; DROP TABLE retention; DROP INDEX transition_decided; DROP TABLE damaged; ALTER TABLE device DROP COLUMN sum; ALTER TABLE tail DROP COLUMN sum; ALTER TABLE incident DROP COLUMN sum; ALTER TABLE evidence DROP COLUMN sum; DROP TABLE gone_incident; DROP INDEX device_judged; ALTER TABLE device DROP COLUMN judged; DROP TABLE set_aside; PRAGMA user_version = 7`,
  );
  database.close();
}

/** Adds devices with the state of another one, without evidence. */
export function copyDevice(database: Database.Database, key: string, copies: number): void {
  const copy = database.prepare(
    `INSERT INTO device SELECT @copy, version, condition, deadline, last_seen, json_set(record, '$.key', @copy), plant,
       series, series_until, series_rank, grace_until, grace_bounded, 0, spare, recovery_hidden, judged, NULL FROM device WHERE key = @key`,
  );
  database.transaction(() => {
    for (let number = 0; number < copies; number++) copy.run({ copy: `copy-${number}`, key });
  })();
  writeSums(database);
}
