/** The tables of the first version. */
export const firstTables = `
CREATE TABLE device (
  key text COLLATE "C" PRIMARY KEY,
  version bigint NOT NULL,
  deadline double precision,
  last_seen double precision NOT NULL,
  record text NOT NULL,
  plant text COLLATE "C",
  condition text COLLATE "C" NOT NULL,
  spare smallint,
  series text,
  series_until double precision,
  series_rank integer,
  projected integer NOT NULL,
  judged text COLLATE "C"
) WITH (fillfactor = 70);
CREATE INDEX device_deadline ON device (deadline) WHERE deadline IS NOT NULL;
CREATE INDEX device_spare ON device (spare) WHERE spare IS NOT NULL;
CREATE INDEX device_series ON device (series_rank, key) WHERE series IS NOT NULL;
CREATE INDEX device_judged ON device (judged);

-- A key without a device has no row to lock: whoever may make the device puts it here and takes it away in one transaction.
CREATE TABLE key_lock (key text COLLATE "C" PRIMARY KEY);

CREATE TABLE member (
  key text COLLATE "C" PRIMARY KEY,
  lowered text COLLATE "C" NOT NULL,
  peer text COLLATE "C",
  plant text COLLATE "C" NOT NULL,
  product text COLLATE "C" NOT NULL,
  release text COLLATE "C" NOT NULL,
  train text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  condition text COLLATE "C" NOT NULL,
  level_too_low smallint NOT NULL,
  listed smallint NOT NULL,
  repair text COLLATE "C",
  verified_at double precision,
  grace_until double precision,
  grace_bounded smallint NOT NULL,
  failing_since double precision,
  timed_out smallint NOT NULL,
  urgency integer,
  urgent_until double precision,
  last_failure double precision,
  last_success double precision,
  heard_at double precision NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX member_plant ON member (plant);
CREATE INDEX member_urgency ON member (urgency, urgent_until, key) WHERE urgency IS NOT NULL;

CREATE TABLE alias (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  key text COLLATE "C"
);
CREATE INDEX alias_key ON alias (key);

CREATE TABLE incident (
  device text COLLATE "C" NOT NULL,
  ordinal integer NOT NULL,
  id text COLLATE "C" NOT NULL UNIQUE,
  state text COLLATE "C" NOT NULL,
  severity text COLLATE "C" NOT NULL,
  opened_at double precision NOT NULL,
  changed_at double precision NOT NULL,
  plant text COLLATE "C",
  product text COLLATE "C",
  release text COLLATE "C",
  diagnosis text COLLATE "C",
  grace_until double precision,
  grace_bounded smallint,
  place_assumed smallint NOT NULL,
  acknowledged_at double precision,
  acknowledged_by text,
  record text NOT NULL,
  PRIMARY KEY (device, ordinal)
) WITH (fillfactor = 80);
CREATE INDEX incident_opened ON incident (opened_at, device, ordinal);
CREATE INDEX incident_open ON incident (id) WHERE state NOT IN ('resolved', 'closed');

CREATE TABLE transition (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device text COLLATE "C" NOT NULL,
  ordinal integer NOT NULL,
  at double precision NOT NULL,
  decided_at double precision NOT NULL,
  record text NOT NULL
);
CREATE INDEX transition_device ON transition (device, ordinal);
CREATE INDEX transition_decided ON transition (decided_at);

CREATE TABLE evidence (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device text COLLATE "C" NOT NULL,
  ordinal integer NOT NULL,
  mnemonic text COLLATE "C" NOT NULL,
  at double precision NOT NULL,
  decisive smallint NOT NULL,
  digest text NOT NULL,
  record text NOT NULL
);
CREATE INDEX evidence_incident ON evidence (device, ordinal, mnemonic);
CREATE INDEX evidence_mnemonic ON evidence (mnemonic, at);
CREATE INDEX evidence_at ON evidence (at, id);

CREATE TABLE note (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device text COLLATE "C" NOT NULL,
  ordinal integer NOT NULL,
  at double precision NOT NULL,
  hypothesis text,
  diagnosis text,
  release text,
  record text NOT NULL
);
CREATE INDEX note_incident ON note (device, ordinal);

CREATE TABLE unparsed (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received_at double precision NOT NULL,
  device text COLLATE "C",
  facility text COLLATE "C" NOT NULL,
  mnemonic text COLLATE "C" NOT NULL,
  why text COLLATE "C" NOT NULL,
  raw text NOT NULL
);

CREATE TABLE notice (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL,
  sink text COLLATE "C" NOT NULL,
  incident text COLLATE "C" NOT NULL,
  state text NOT NULL,
  created_at double precision NOT NULL,
  next_at double precision,
  attempts integer NOT NULL,
  error text,
  claimed_by text,
  claimed_until timestamptz,
  record text NOT NULL
);
CREATE INDEX notice_due ON notice (sink, next_at) WHERE state = 'pending' AND next_at IS NOT NULL;
CREATE INDEX notice_incident ON notice (incident, sink, seq) WHERE state = 'pending';
CREATE INDEX notice_dead ON notice (incident) WHERE state = 'dead';
CREATE INDEX notice_state ON notice (state, sink, seq);

CREATE TABLE delivered (
  n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL,
  sink text COLLATE "C" NOT NULL,
  device text COLLATE "C" NOT NULL,
  incident text COLLATE "C" NOT NULL,
  created_at double precision NOT NULL,
  delivered_at double precision NOT NULL,
  attempts integer NOT NULL,
  record text NOT NULL
);
CREATE INDEX delivered_device ON delivered (device);

CREATE TABLE alert (
  sink text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  record text NOT NULL,
  PRIMARY KEY (sink, key)
);

CREATE TABLE source (
  instance text COLLATE "C" NOT NULL,
  peer text COLLATE "C" NOT NULL,
  name bigint NOT NULL,
  lines double precision NOT NULL,
  record text NOT NULL,
  PRIMARY KEY (instance, peer, name)
);

CREATE TABLE gap (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  peer text COLLATE "C" NOT NULL,
  name bigint NOT NULL,
  from_at double precision NOT NULL,
  to_at double precision NOT NULL,
  lost double precision NOT NULL,
  at_most boolean NOT NULL
);
CREATE INDEX gap_source ON gap (peer, name, to_at);

CREATE TABLE inventory_change (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device text COLLATE "C" NOT NULL,
  at double precision NOT NULL,
  record text NOT NULL
);
CREATE INDEX inventory_change_device ON inventory_change (device, at);

CREATE TABLE gone_incident (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device text COLLATE "C" NOT NULL,
  ordinal integer NOT NULL,
  at double precision NOT NULL,
  into_device text COLLATE "C",
  into_ordinal integer,
  UNIQUE (device, ordinal)
);
CREATE INDEX gone_incident_into ON gone_incident (into_device, into_ordinal) WHERE into_device IS NOT NULL;

-- Sums are rows by instance, so that no instance waits for another one; they are added up at reading.
CREATE TABLE day (
  scope text COLLATE "C" NOT NULL,
  day integer NOT NULL,
  instance text COLLATE "C" NOT NULL,
  opened integer NOT NULL,
  confirmed integer NOT NULL,
  recovering integer NOT NULL,
  resolved integer NOT NULL,
  closed integer NOT NULL,
  withdrawn integer NOT NULL,
  reopened integer NOT NULL,
  open integer NOT NULL,
  PRIMARY KEY (scope, day, instance)
);

CREATE TABLE set_aside (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text COLLATE "C" NOT NULL,
  why text NOT NULL,
  at double precision NOT NULL,
  record text NOT NULL
);

CREATE TABLE retention (id integer PRIMARY KEY CHECK (id = 1), at double precision NOT NULL);

-- The last turn that each instance has committed.
CREATE TABLE turn (instance text COLLATE "C" PRIMARY KEY, n bigint NOT NULL);

CREATE TABLE duty (name text COLLATE "C" PRIMARY KEY, instance text COLLATE "C" NOT NULL, until timestamptz NOT NULL);

CREATE TABLE peer_instance (
  instance text COLLATE "C" PRIMARY KEY,
  process text NOT NULL,
  advisory text NOT NULL,
  started_at timestamptz NOT NULL,
  heard_at timestamptz NOT NULL
);
`;
