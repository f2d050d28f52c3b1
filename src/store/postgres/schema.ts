import { firstTables } from './first-tables.ts';

/**
 * A step of the schema. `indexes` are made before `sql`, while others write. `oldest`: the oldest version of the schema whose programs
 * may go on after this step, where it takes something away; without it, those that might before.
 */
export type Migration = {
  readonly indexes?: readonly { readonly name: string; readonly on: string }[];
  readonly sql: string;
  readonly oldest?: number;
};

/**
 * The tables, those of SQLite with the differences that several writers need. Times are milliseconds, with a fraction if several
 * lines arrived within one. Each entry brings the database from one version to the next, and only adds: an instance of the
 * version before goes on beside it, and writes rows without what was added. An entry is never changed after its release.
 *
 * Rows of evidence, changes and notes are numbered by sequences: within a device they are in the order of their commits, as a
 * commit locks its devices.
 */
export const migrations: readonly Migration[] = [
  {
    sql: firstTables,
  },
  {
    sql: `
  -- What an instance knows of a source while it runs (live), for the others.
  ALTER TABLE source ADD COLUMN live boolean NOT NULL DEFAULT false, ADD COLUMN since_at double precision,
    ADD COLUMN seen_at double precision;
  CREATE INDEX source_place ON source (peer, name);
  ALTER TABLE gap ADD COLUMN instance text COLLATE "C";
  `,
  },
  {
    sql: `
  -- Who has stored a row, so that the other instances tell it, too.
  ALTER TABLE transition ADD COLUMN instance text COLLATE "C";
  ALTER TABLE note ADD COLUMN instance text COLLATE "C";
  ALTER TABLE evidence ADD COLUMN instance text COLLATE "C";
  ALTER TABLE inventory_change ADD COLUMN instance text COLLATE "C";
  `,
  },
  {
    sql: `
  -- How far a move from quovadis.db has come; empty once it is done. Rows of its older versions have no digest.
  CREATE TABLE moving (id integer PRIMARY KEY CHECK (id = 1), source text NOT NULL, tab text NOT NULL, after text NOT NULL);
  ALTER TABLE evidence ALTER COLUMN digest DROP NOT NULL;
  `,
  },
  {
    sql: `
  -- The oldest version of the schema whose programs may go on with this one, and the version that each instance is of.
  ALTER TABLE meta ADD COLUMN oldest integer NOT NULL DEFAULT 1;
  -- Which database it is, wherever it runs.
  ALTER TABLE meta ADD COLUMN database uuid NOT NULL DEFAULT gen_random_uuid();
  ALTER TABLE peer_instance ADD COLUMN schema integer;
  `,
  },
  {
    sql: `
  -- Which process has had the last turn of an instance: another one's numbers say nothing of its own.
  ALTER TABLE turn ADD COLUMN process text;
  `,
  },
  {
    sql: `
  -- What an instance says of itself. A command is an instance, too, while it runs.
  ALTER TABLE peer_instance ADD COLUMN version text, ADD COLUMN clock_offset_ms double precision,
    ADD COLUMN is_command boolean NOT NULL DEFAULT false;
  -- What people did with devices, so that the other instances tell it, too.
  CREATE TABLE device_act (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance text COLLATE "C" NOT NULL,
    at double precision NOT NULL,
    author text,
    devices text[] NOT NULL
  );
  `,
  },
  {
    sql: `
  -- Recent signals that are not in the record of the device any more: a line writes the record alone.
  ALTER TABLE device ADD COLUMN blocks text[] NOT NULL DEFAULT '{}';
  `,
    // Programs before would take a record for all that there is of its device.
    oldest: 8,
  },
  {
    sql: `
  -- Rows that could not be read, each told once.
  CREATE TABLE damaged (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tab text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    why text NOT NULL,
    at double precision NOT NULL,
    UNIQUE (tab, name)
  );
  `,
  },
];
