import { assert } from './assert.ts';

/**
 * Every bound of the product in one place, with its unit in the name. What happens beyond a bound is said beside it.
 */
export const limits = {
  /** Longer frames are cut to this and counted as `oversize`. RFC 5424 §6.1 asks for at least 2048. */
  frameBytes: 8192,
  /**
   * Lines of each thread that wait for the pipeline, or are in it and not stored yet. Beyond it UDP lines are dropped as
   * `queue_full`; TCP is paused before it.
   */
  queueLines: 65_536,
  /** TCP and TLS senders are paused above this many waiting lines, and resumed below half of it. */
  queuePauseLines: 32_768,
  /** Lines of ours are buffered for so long after the last were handed over, so that they share a commit. */
  lingerMs: 10,
  /** Threads that receive; several only where there are processors for them. */
  receiveThreads: 4,
  /** Lines that one turn of the pipeline takes. */
  batchLines: 2048,
  /** Lines and bytes kept of an archive that are decided together: nobody waits for the commit. */
  archiveLines: 65_536,
  /** More where they would be fewer for each device, as what a device costs beside its lines it costs once a batch; at most so many. */
  archiveLinesPerDevice: 24,
  archiveLinesAtMost: 131_072,
  archiveBytes: 32 * 1024 * 1024,
  /** Of an archive, what was kept and waits to be worked on, and what came on stdin and waits to be verdict. */
  archiveAheadBytes: 16 * 1024 * 1024,
  /** What a replay gathers before it stores it: rows of evidence and changes, and signals in the tails of its devices. */
  bufferedRows: 524_288,
  bufferedSignals: 1_048_576,
  /** Simultaneous stream connections; one more is refused and counted as `denied`. */
  connections: 4096,
  /** A stream connection that says nothing for this long is closed. */
  connectionIdleMs: 10 * 60_000,
  /** After so much silence a record without an end is taken for whole, where the sender uses no delimiters. */
  flushMs: 300,
  /** The first of two records that are one message waits so long for the second, in event time; at most so many wait. */
  continuationMs: 2000,
  continuations: 1024,
  /** How far back `last message repeated` looks for the message that it repeats. */
  repeatLines: 64,
  /** Devices held. Beyond it those without an incident that are not in the inventory are forgotten; then new devices are refused. */
  devices: 100_000,
  /** Names that devices are known by. Beyond it the oldest are forgotten. */
  aliases: 500_000,
  /** Devices whose names, as they stand in their lines, are remembered; the oldest go first. */
  names: 16_384,
  /** A serial number under a second name is the same device if the first name was silent for so long, else a clone. */
  renameSilenceMs: 10 * 60_000,
  /**
   * Copies of one line come within so long of each other, where the receipt decides of their time. Later, a device whose
   * clock begins anew at each start has said the same once more.
   */
  copyMs: 60 * 60_000,
  /**
   * Signals of a device kept in order for late ones; beyond it the oldest quarter becomes part of the settled past. A
   * device that fails to fetch a revocation list every 25 minutes says so 115 times in the window of 48 h.
   */
  recentSignals: 160,
  /** Evidence lines kept per device, incident and mnemonic: the first ones and the last ones; all are counted. */
  evidenceFirst: 4,
  evidenceLast: 12,
  /** Beside them those that changed the incident, up to so many a mnemonic, and the first of each week. */
  evidenceDecisive: 64,
  /** The last signals of a tail lie in the record of the device, in SQLite; when there are more they become a row. */
  recentBlock: 8,
  /**
   * What the store in SQLite holds in memory of the file: devices and the signals of their tails, groups of evidence (of
   * one mnemonic of an incident), names. Of each the half that was not asked for goes. A signal takes about 150 bytes, a
   * device 2500, a group 500.
   */
  cachedDevices: 32_768,
  cachedSignals: 524_288,
  cachedGroups: 65_536,
  cachedNames: 65_536,
  /** `unparsed` lines kept; the oldest go first. */
  unparsedRows: 10_000,
  /** Transition rows kept; the oldest go first. */
  transitionRows: 1_000_000,
  /** Past incidents of a device. Beyond it the oldest go, with their evidence, changes and notes. */
  pastIncidents: 50,
  /** Shapes of token sequences whose derivation is remembered; the oldest go first. */
  shapes: 4096,
  /** Headers whose parts are remembered by all but their digits, and how long one may be; the oldest go first. */
  headerShapes: 16_384,
  shapedHeaderBytes: 256,
  /** Bodies whose message is remembered, and how long one may be; the oldest go first. */
  bodies: 16_384,
  bodyCharacters: 512,
  /** Tokens of a header or body; a longer one is cut there (header) or `text-only` (body). */
  tokens: 64,
  /** Bytes of a header that are read, counted back from the core. */
  headerBytes: 1024,
  /** Rows of one API page. */
  pageRows: 500,
  /** Rows and headings of one inventory import, and characters of one of its cells. */
  inventoryRows: 100_000,
  inventoryColumns: 200,
  inventoryCell: 128,
  /** Connections to the HTTP port; a further one is closed. How long one may take to send its request. */
  httpConnections: 256,
  httpRequestMs: 30_000,
  /** Bytes of one body that is written over HTTP, and of an inventory: reading one holds up the lines for so long. */
  bodyBytes: 1024 * 1024,
  inventoryBytes: 4 * 1024 * 1024,
  /** Senders of which it is known when they last told of a link that went down; the oldest go first. */
  linkSenders: 65_536,
  /** Plants, products or releases that a fleet is counted by; the rest is counted together. */
  fleetGroups: 2000,
  /** Listeners of the event stream; a further one is refused. What one may have unread before it is let go. */
  listeners: 64,
  listenerBytes: 1024 * 1024,
  /** Of the service's own log, what waits to be written; further lines are dropped and counted. */
  logBytes: 4 * 1024 * 1024,
  /** What operators wrote of one incident: acknowledgements, notes, why it was closed. The newest is refused. */
  notes: 200,
  noteCharacters: 4000,
  /** Notices that wait for one sink. Beyond it the oldest are given up as dead letters. */
  noticesPending: 50_000,
  /** Dead letters of one sink. Beyond it the oldest are dropped, and counted. */
  noticesDead: 10_000,
  /** Notices that one sink is sent at the same time, and alerts in one request to an Alertmanager. */
  noticesInFlight: 8,
  alertsInRequest: 256,
  /** Bytes of an answer that are read, to be logged if it is an error. */
  answerBytes: 2048,
  /** Devices that `/metrics/devices` shows; those beyond it are counted. */
  deviceSeries: 50_000,
  /** Names of failing licensing peers kept for an incident. */
  failingPeers: 8,
} as const;

assert(limits.queuePauseLines * 2 <= limits.queueLines, 'stream senders pause before datagrams are dropped');
assert(limits.batchLines <= limits.queueLines, 'a batch fits the queue');
assert(limits.batchLines * 2 <= limits.queuePauseLines, 'stream senders resume while a batch is not stored yet');
assert(limits.listeners * 2 <= limits.httpConnections, 'listeners of the event stream leave room for questions');
assert(limits.recentSignals < limits.cachedSignals / 2, 'every tail can be held');
assert(limits.headerBytes < limits.frameBytes, 'a header is part of a frame');
