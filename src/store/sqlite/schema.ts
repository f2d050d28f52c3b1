/** Marks a SQLite file as one of quovadis-watch: `QVDW`. */
export const APPLICATION_ID = 0x51564457;

/**
 * Times are milliseconds, with a fraction if several lines arrived within one. Each entry brings the file from one
 * version to the next. An entry is never changed after its release.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE device (
    key TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    condition TEXT NOT NULL,
    deadline REAL,
    last_seen REAL NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX device_condition ON device (condition, last_seen);
  CREATE INDEX device_deadline ON device (deadline) WHERE deadline IS NOT NULL;

  CREATE TABLE incident (
    id TEXT PRIMARY KEY,
    device TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    state TEXT NOT NULL,
    severity TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX incident_opened ON incident (opened_at, device, id);
  CREATE INDEX incident_state ON incident (state, severity);
  CREATE INDEX incident_device ON incident (device, ordinal);

  CREATE TABLE transition (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    type TEXT NOT NULL,
    at REAL NOT NULL,
    decided_at REAL NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX transition_incident ON transition (device, ordinal);

  CREATE TABLE evidence (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    mnemonic TEXT NOT NULL,
    at REAL NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX evidence_incident ON evidence (device, ordinal, mnemonic);

  CREATE TABLE unparsed (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at REAL NOT NULL,
    device TEXT,
    facility TEXT NOT NULL,
    mnemonic TEXT NOT NULL,
    why TEXT NOT NULL,
    raw TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE alias (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    key TEXT
  ) STRICT;
  CREATE INDEX alias_key ON alias (key);
  `,
  `
  ALTER TABLE device ADD COLUMN plant TEXT;
  CREATE INDEX device_plant ON device (plant) WHERE plant IS NOT NULL;

  CREATE TABLE note (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    at REAL NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX note_incident ON note (device, ordinal);

  ALTER TABLE evidence ADD COLUMN decisive INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE evidence ADD COLUMN digest TEXT;
  `,
  `
  CREATE TABLE notice (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    sink TEXT NOT NULL,
    incident TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at REAL NOT NULL,
    next_at REAL,
    attempts INTEGER NOT NULL,
    error TEXT,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX notice_due ON notice (sink, next_at) WHERE state = 'pending' AND next_at IS NOT NULL;
  CREATE INDEX notice_incident ON notice (sink, incident, seq) WHERE state = 'pending';
  CREATE INDEX notice_state ON notice (state, sink, seq);

  CREATE TABLE alert (
    sink TEXT NOT NULL,
    key TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (sink, key)
  ) STRICT, WITHOUT ROWID;

  ALTER TABLE device ADD COLUMN series TEXT;
  ALTER TABLE device ADD COLUMN series_until REAL;
  ALTER TABLE device ADD COLUMN series_rank INTEGER;
  ALTER TABLE device ADD COLUMN grace_until REAL;
  ALTER TABLE device ADD COLUMN grace_bounded INTEGER;
  ALTER TABLE device ADD COLUMN projected INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX device_series ON device (series_rank, key) WHERE series IS NOT NULL;
  CREATE INDEX device_grace ON device (grace_until) WHERE grace_until IS NOT NULL;
  CREATE INDEX device_bounded ON device (grace_bounded) WHERE grace_bounded = 1;
  CREATE INDEX device_projected ON device (projected);

  CREATE TABLE source (
    peer TEXT NOT NULL,
    name INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (peer, name)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE tail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device TEXT NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX tail_device ON tail (device);

  DROP INDEX device_condition;
  CREATE INDEX device_condition ON device (condition);
  ALTER TABLE device ADD COLUMN spare INTEGER;
  CREATE INDEX device_spare ON device (spare, last_seen) WHERE spare IS NOT NULL;

  DROP INDEX evidence_incident;
  CREATE INDEX evidence_incident ON evidence (device, ordinal, mnemonic, at, decisive);
  `,
  `
  ALTER TABLE note ADD COLUMN hypothesis TEXT;
  ALTER TABLE note ADD COLUMN diagnosis TEXT;
  ALTER TABLE note ADD COLUMN release TEXT;
  CREATE INDEX note_disposition ON note (device, ordinal, id, at, hypothesis, diagnosis, release)
    WHERE hypothesis IS NOT NULL;
  `,
  `
  ALTER TABLE device ADD COLUMN recovery_hidden INTEGER;
  CREATE INDEX device_recovery_hidden ON device (recovery_hidden) WHERE recovery_hidden = 1;
  `,
  `
  ALTER TABLE device ADD COLUMN judged TEXT;
  CREATE INDEX device_judged ON device (judged);

  CREATE TABLE set_aside (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    why TEXT NOT NULL,
    at REAL NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX set_aside_key ON set_aside (key);
  `,
  `
  CREATE TABLE gone_incident (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    at REAL NOT NULL,
    into_device TEXT,
    into_ordinal INTEGER,
    UNIQUE (device, ordinal)
  ) STRICT;
  CREATE INDEX gone_incident_into ON gone_incident (into_device, into_ordinal) WHERE into_device IS NOT NULL;
  `,
  `
  ALTER TABLE device ADD COLUMN sum INTEGER;
  ALTER TABLE tail ADD COLUMN sum INTEGER;
  ALTER TABLE incident ADD COLUMN sum INTEGER;
  ALTER TABLE evidence ADD COLUMN sum INTEGER;
  UPDATE tail SET sum = row_sum(record, device);
  UPDATE device SET sum = row_sum(record, key, version, deadline, last_seen, plant, condition, spare, series, series_until,
    series_rank, grace_until, grace_bounded, recovery_hidden, projected,
    (SELECT count(*) FROM tail WHERE tail.device = device.key));
  UPDATE incident SET sum = row_sum(record, id, device, ordinal, state, severity, opened_at);

  CREATE TABLE damaged (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tab TEXT NOT NULL,
    name TEXT NOT NULL,
    row INTEGER NOT NULL,
    why TEXT NOT NULL,
    at REAL NOT NULL,
    UNIQUE (tab, row, name)
  ) STRICT;
  CREATE INDEX damaged_name ON damaged (name);
  `,
  `
  CREATE TABLE retention (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at REAL NOT NULL
  ) STRICT;
  CREATE INDEX transition_decided ON transition (decided_at);
  `,
  `
  CREATE TABLE delivered (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    sink TEXT NOT NULL,
    device TEXT NOT NULL,
    created_at REAL NOT NULL,
    delivered_at REAL NOT NULL,
    attempts INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX delivered_sink ON delivered (sink);
  CREATE INDEX delivered_device ON delivered (device);
  CREATE INDEX delivered_at ON delivered (delivered_at);

  CREATE INDEX evidence_mnemonic ON evidence (mnemonic, at);
  `,
  `
  CREATE TABLE member (
    key TEXT PRIMARY KEY,
    peer TEXT,
    plant TEXT NOT NULL,
    product TEXT NOT NULL,
    release TEXT NOT NULL,
    train TEXT NOT NULL,
    status TEXT NOT NULL,
    condition TEXT NOT NULL,
    level_too_low INTEGER NOT NULL,
    listed INTEGER NOT NULL,
    repair TEXT,
    verified_at REAL,
    grace_until REAL,
    grace_bounded INTEGER NOT NULL,
    failing_since REAL,
    timed_out INTEGER NOT NULL,
    urgency INTEGER,
    urgent_until REAL,
    last_failure REAL,
    last_success REAL,
    heard_at REAL NOT NULL,
    sum INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX member_plant ON member (plant, heard_at);
  CREATE INDEX member_product ON member (product);
  CREATE INDEX member_release ON member (release);
  CREATE INDEX member_condition ON member (condition);
  CREATE INDEX member_heard ON member (heard_at);
  CREATE INDEX member_failing ON member (plant, failing_since, timed_out) WHERE failing_since IS NOT NULL;
  CREATE INDEX member_failed ON member (plant, last_failure) WHERE last_failure IS NOT NULL;
  CREATE INDEX member_train ON member (train, plant, last_failure) WHERE last_failure IS NOT NULL;
  CREATE INDEX member_fixed ON member (plant, last_failure) WHERE status = 'fixed' AND last_failure IS NOT NULL;
  CREATE INDEX member_success ON member (last_success) WHERE last_success IS NOT NULL;
  CREATE INDEX member_grace_plant ON member (plant, grace_until) WHERE grace_until IS NOT NULL;
  CREATE INDEX member_grace_product ON member (product, grace_until) WHERE grace_until IS NOT NULL;
  CREATE INDEX member_grace_release ON member (release, grace_until) WHERE grace_until IS NOT NULL;
  CREATE INDEX member_verified ON member (verified_at) WHERE verified_at IS NOT NULL;
  CREATE INDEX member_urgency ON member (urgency, urgent_until, key, plant) WHERE urgency IS NOT NULL;

  CREATE TABLE fleet_count (
    dimension TEXT NOT NULL,
    fact TEXT NOT NULL,
    name TEXT NOT NULL,
    instance TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (dimension, fact, name, instance)
  ) STRICT, WITHOUT ROWID;

  DROP INDEX device_condition;
  DROP INDEX device_plant;
  DROP INDEX device_bounded;
  DROP INDEX device_recovery_hidden;
  `,
  // Rows get their columns, and days their sums, while the service runs: see incident-bring-over.ts.
  `
  ALTER TABLE incident ADD COLUMN plant TEXT;
  ALTER TABLE incident ADD COLUMN product TEXT;
  ALTER TABLE incident ADD COLUMN release TEXT;
  ALTER TABLE incident ADD COLUMN diagnosis TEXT;
  ALTER TABLE incident ADD COLUMN grace_until REAL;
  ALTER TABLE incident ADD COLUMN grace_bounded INTEGER;
  ALTER TABLE incident ADD COLUMN place_assumed INTEGER;
  ALTER TABLE incident ADD COLUMN acknowledged_at REAL;
  ALTER TABLE incident ADD COLUMN acknowledged_by TEXT;
  ALTER TABLE incident ADD COLUMN changed_at REAL;
  DROP INDEX incident_opened;
  DROP INDEX incident_state;
  CREATE INDEX incident_columns ON incident (opened_at, device, ordinal, state, severity, plant, product, release, diagnosis,
    grace_until, acknowledged_at, changed_at);
  CREATE INDEX incident_older ON incident (id) WHERE changed_at IS NULL;

  DROP INDEX transition_incident;
  CREATE INDEX transition_device ON transition (device, at, ordinal);
  DROP INDEX notice_incident;
  CREATE INDEX notice_incident ON notice (incident, sink, seq) WHERE state = 'pending';
  CREATE INDEX notice_dead ON notice (incident) WHERE state = 'dead';

  CREATE TABLE day (
    scope TEXT NOT NULL,
    day INTEGER NOT NULL,
    instance TEXT NOT NULL,
    opened INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    recovering INTEGER NOT NULL,
    resolved INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL,
    reopened INTEGER NOT NULL,
    open INTEGER NOT NULL,
    filled INTEGER NOT NULL,
    PRIMARY KEY (scope, day, instance)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  DROP INDEX device_series;
  CREATE INDEX device_series ON device (series_rank, key, series_until) WHERE series IS NOT NULL;
  `,
  `
  CREATE TABLE gap (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    peer TEXT NOT NULL,
    name INTEGER NOT NULL,
    from_at REAL NOT NULL,
    to_at REAL NOT NULL,
    lost INTEGER NOT NULL,
    at_most INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX gap_source ON gap (peer, name, to_at);

  CREATE TABLE inventory_change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device TEXT NOT NULL,
    at REAL NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX inventory_change_device ON inventory_change (device, at);
  `,
  // Rows of an older version have no checksum: the time of a start does not depend on how many there are.
  `
  ALTER TABLE alias ADD COLUMN sum INTEGER;
  ALTER TABLE transition ADD COLUMN sum INTEGER;
  ALTER TABLE note ADD COLUMN sum INTEGER;
  ALTER TABLE notice ADD COLUMN sum INTEGER;
  ALTER TABLE delivered ADD COLUMN sum INTEGER;
  ALTER TABLE inventory_change ADD COLUMN sum INTEGER;
  ALTER TABLE source ADD COLUMN sum INTEGER;
  ALTER TABLE alert ADD COLUMN sum INTEGER;
  `,
];
