import { assert } from './assert.ts';

/** Every limit of the product in one place, with its unit in the name, and with the effect of exceeding the limit. */
export const limits = {
  /** Longer frames are cut at this length and counted as `oversize`. RFC 5424 §6.1 asks for at least 2048. */
  frameBytes: 8192,
  /**
   * UDP lines of each thread that wait for the pipeline, or are in the pipeline and not stored yet; one sender may have four
   * times what is left. Beyond, lines are dropped as `queue_full`. As many lines of streams, which are paused earlier.
   */
  queueLines: 65_536,
  /**
   * Lines of streams of each thread that wait; one sender may have four times what is left. Its connections are paused then,
   * and resumed at half of it.
   */
  queuePauseLines: 32_768,
  /** Tracked lines are buffered for this time after the previous transfer, so that several lines share a commit. */
  lingerMs: 10,
  /** At most this many receiving threads; fewer if there are fewer processors. */
  receiveThreads: 4,
  /** Lines in one batch of the pipeline. */
  batchLines: 2048,
  /**
   * Lines in one commit of the service: as many as take some `commitMs`, as so long a request waits; at least
   * `leastCommitLines`, and at most `commitLines`, as those of new devices take longest. On PostgreSQL always `commitLines`.
   */
  commitLines: 512,
  leastCommitLines: 16,
  commitMs: 10,
  /** Kept lines of an archive in one batch; `archiveBytes`: their bytes. Large: nobody waits for the commit. */
  archiveLines: 65_536,
  /** The first batch has as many, and each the double of the one before: the pipeline starts while a thread still reads. */
  archiveFirstLines: 8192,
  /**
   * A batch has more lines if the batch before had fewer lines than this for each device: each device has a cost once a
   * batch. `archiveLinesAtMost` is the upper limit.
   */
  archiveLinesPerDevice: 24,
  archiveLinesAtMost: 131_072,
  archiveBytes: 32 * 1024 * 1024,
  /** Bytes of an archive that were kept and wait for the pipeline, and bytes of stdin that wait for the prefilter. */
  archiveAheadBytes: 16 * 1024 * 1024,
  /** A replay stores its results when it has buffered this many rows of evidence and changes, or recent signals. */
  bufferedRows: 524_288,
  bufferedSignals: 1_048_576,
  /** Simultaneous stream connections; a further one takes the place of one that has sent nothing. */
  connections: 4096,
  /** A TLS handshake that has not ended after this time is given up. */
  handshakeMs: 10_000,
  /** A header of the PROXY protocol, version 2, with what a balancer adds to it. */
  proxyHeaderBytes: 16 * 1024,
  /** When the service stops, a connection is read until it was silent for this long, and at most so long. */
  drainSilenceMs: 250,
  /** When the service stops, connections that the kernel has accepted are taken, and handshakes may end, for at most so long. */
  drainBeginMs: 1000,
  drainConnectionMs: 5000,
  /** When the service stops, what the kernel holds for its UDP sockets is read for at most so long. */
  drainDatagramsMs: 2000,
  /** UDP sockets on one port, of all threads together, once the kernel's buffer of one fills; it is looked at each `kernelBufferMs`. */
  udpSockets: 1024,
  kernelBufferMs: 100,
  /** Listening sockets on one port of a stream transport. */
  streamListeners: 8,
  /** Senders of which each thread remembers how many tracked lines they may send. */
  senderBudgets: 16_384,
  /** Sources of which something may be logged within a minute. */
  loggedSources: 32,
  /** Lines of a RELP connection that are not answered; more are not read before half of them are. */
  relpWindow: 1024,
  /** A stream connection without data for this long is closed. */
  connectionIdleMs: 10 * 60_000,
  /** After this silence, a record without an end is complete, if the sender uses no delimiters. */
  flushMs: 300,
  /** How long the first of the two records of a message waits for the second, in event time; and how many may wait. */
  continuationMs: 2000,
  continuations: 1024,
  /** Records that are searched, backwards, for the message that `last message repeated` repeats. */
  repeatLines: 64,
  /** Devices. Beyond, devices without incident or inventory row are deleted; then new devices are refused. */
  devices: 100_000,
  /** A device that has sent lines for a shorter time is deleted before one that has sent them for longer; assumed. */
  newDeviceMs: 60 * 60 * 1000,
  /** Addresses of one device that are remembered. */
  deviceSenders: 8,
  /** An address is known for a device once it has spoken for it for so long; assumed. */
  senderKnownMs: 24 * 60 * 60 * 1000,
  /** The time at which an address was heard last is noted no more often. */
  senderTouchMs: 60 * 60 * 1000,
  /** Of the line of a recovery that waits. */
  waitingLineCharacters: 1024,
  /** An address that was silent for so long gives its place to another one. */
  senderSilentMs: 7 * 24 * 60 * 60 * 1000,
  /** Names of devices. Beyond, the oldest names are deleted. */
  aliases: 500_000,
  /** Devices whose interned names are remembered; the oldest are dropped first. */
  names: 16_384,
  /**
   * A serial number under a second name shows a renamed device when the first name has been silent this long, and since
   * before the first line with the second name. Assumed: ordinary lines of a device are reported once an hour.
   */
  renameSilenceMs: 2 * 60 * 60_000,
  /** A device that sends lines and has shown a serial number within this time keeps it. Assumed. */
  serialShownMs: 4 * 60 * 60_000,
  /** The same in a long archive, where only samples of the ordinary lines are looked at. */
  renameSilencePartlyMs: 7 * 24 * 60 * 60_000,
  /**
   * Largest time between copies of one line whose event time is the receipt. A later line with the same fingerprint is
   * a new message, of a device whose clock starts again at the same date with each restart.
   */
  copyMs: 60 * 60_000,
  /** Largest time between copies of one line without a sequence number that come by two ways. */
  otherWayMs: 60_000,
  /** Ways of a line that are remembered. Beyond, its copies by further ways count. */
  ways: 8,
  /**
   * Recent signals of a device, kept in order so that a late signal can be inserted; beyond, the oldest quarter becomes
   * part of the snapshot. A device that fails to fetch a revocation list every 25 minutes sends 115 of these messages
   * in 48 h, the lateness of the shipped advisory.
   */
  recentSignals: 160,
  /**
   * Where stamps contradict a device's numbers, the numbers give the order, if two sequence numbers differ by at most
   * `sequencesNear` or two counters by at most `countersNear`, the stamps by at most `numberStepMs`, and the numbers are
   * at least `numberLeast`: low numbers come again with each restart.
   */
  sequencesNear: 200,
  countersNear: 8,
  numberStepMs: 70 * 60_000,
  numberLeast: 64,
  /** Evidence lines stored for each device, incident and mnemonic: the first and the last lines; all are counted. */
  evidenceFirst: 4,
  evidenceLast: 12,
  /** In addition, up to this many lines of a mnemonic that changed the incident, and the first line of each week. */
  evidenceDecisive: 64,
  /** Recent signals stored in a device's own record; further signals move them to a block of their own. */
  recentBlock: 8,
  /**
   * The caches of a store: devices and their recent signals, groups of evidence (one mnemonic of one incident),
   * names. A full cache drops the half that was not used. A signal takes about 150 bytes, a device 2500, a group 500.
   */
  cachedDevices: 32_768,
  cachedSignals: 524_288,
  cachedGroups: 65_536,
  cachedNames: 65_536,
  /** Stored `unparsed` lines; the oldest are deleted first. */
  unparsedRows: 10_000,
  /** Stored transition rows; the oldest are deleted first. */
  transitionRows: 1_000_000,
  /** Incidents of which is known where they went: to another device, or withdrawn. The oldest are forgotten first. */
  goneIncidents: 10_000,
  /** Past incidents of a device. Beyond, the oldest are deleted, with their evidence, changes and notes. */
  pastIncidents: 50,
  /** Devices that are set aside, because nobody can read or judge them; the oldest are deleted first. */
  setAside: 100_000,
  /** Incidents of all devices; beyond, the oldest that are over are deleted. */
  incidentRows: 1_000_000,
  /** Days of which it is kept what happened to incidents; older ones are added up. */
  historyDays: 800,
  /** Incidents that one step of retention looks at, and rows of another kind that it deletes. */
  retainedAtOnce: 200,
  /** Bytes that a backup copies in a second, so that commits find the disk free. */
  backupBytesPerSecond: 67_108_864,
  damagedRows: 100_000,
  spillBytes: 128 * 1024 * 1024,
  /** Sequences of token kinds whose derivation is remembered; the oldest are dropped first. */
  shapes: 4096,
  /** Remembered header shapes (headers equal except for digits), and their maximum length; the oldest go first. */
  headerShapes: 16_384,
  shapedHeaderBytes: 256,
  /** Bodies whose parsed message is remembered, and their maximum length; the oldest are dropped first. */
  bodies: 16_384,
  bodyCharacters: 512,
  /** Tokens of a header or body; a longer header is cut at this token, a longer body is `text-only`. */
  tokens: 64,
  /** Bytes of a header that are read, counted back from the message code. */
  headerBytes: 1024,
  /** Changes of the inventory row of one device that are kept for its timeline. */
  inventoryChanges: 20,
  /** Gaps of lost lines that are kept for timelines. */
  gapRows: 100_000,
  /** Gaps of lost lines that wait while the store cannot take them. */
  unsavedGaps: 10_000,
  /** Incidents that one request acts on. */
  bulkIncidents: 1000,
  /** Rows of one API page. */
  pageRows: 500,
  /** Rows of one list as CSV. */
  csvRows: 100_000,
  /** Shorter answers are sent as they are. */
  compressFromBytes: 1024,
  /** Rows, headings, and characters of a cell in one inventory import. */
  inventoryRows: 100_000,
  inventoryColumns: 200,
  inventoryCell: 128,
  /**
   * Connections to the HTTP port; a further one takes the place of one that asks nothing. `httpProbes`: further ones that may
   * ask for health only. `httpRequestMs`: time to send a request.
   */
  httpConnections: 256,
  httpProbes: 16,
  httpRequestMs: 30_000,
  /**
   * Requests of one HTTP connection that are not answered. `httpStalledMs`: how long a client may read nothing of an answer.
   * `httpUnsentBytes`: of the answers of all connections, what clients have not read.
   */
  httpPipelined: 8,
  httpStalledMs: 30_000,
  httpUnsentBytes: 64 * 1024 * 1024,
  /** Log-ins to the console from one address within a minute. */
  loginTries: 5,
  /** `http.probe`: how long the main thread may stand still while `/healthz` is well, and how long `/readyz` waits for it. */
  stalledMs: 60_000,
  probeAnswerMs: 5000,
  /** Levels of the JSON in a request. */
  jsonDepth: 32,
  /** File descriptors that connections leave to the store, the sinks and the probes; HTTP may take half of them. */
  descriptorReserve: 64,
  /** The service is not ready while a full collection leaves more of the heap than this. */
  heapPercent: 85,
  /** Bytes of an HTTP request body, and of an uploaded inventory. No line is processed while a body is parsed. */
  bodyBytes: 1024 * 1024,
  inventoryBytes: 4 * 1024 * 1024,
  /** Bytes of a configuration, an advisory, a PEM file and a pasted trustpool, and of an inventory that a command reads. */
  fileBytes: 16 * 1024 * 1024,
  inventoryFileBytes: 64 * 1024 * 1024,
  /** Bytes, or characters, of one capture; a longer one is refused. */
  captureBytes: 32 * 1024 * 1024,
  /** Facts of one device in one capture, and lines of it that are named as not understood; further ones are only counted. */
  captureFacts: 65_536,
  captureNotUnderstood: 100,
  /** Failures of one capture that are folded, the newest; statements of captures by which a device knows one that was given before. */
  captureFailures: 64,
  /** Messages of the log in one capture that are folded, the newest. */
  captureLines: 1024,
  /** Bytes, or characters, of a capture that is read without a thread of its own: some 20 ms. */
  captureAtOnce: 64 * 1024,
  /** Bytes of a body with captures; files in one archive, and bytes of all of them unpacked, that a command reads. */
  captureBodyBytes: 4 * 1024 * 1024,
  captureFiles: 100_000,
  captureArchiveBytes: 4 * 1024 * 1024 * 1024,

  capturesTaken: 128,
  /** Senders whose last link-down message is remembered; the oldest are dropped first. */
  linkSenders: 65_536,
  /**
   * Devices of whose ordinary lines each thread remembers what it has reported; the oldest are dropped first, and
   * reported once more. `heardReports`: reports of ordinary lines in a second; further ones wait for a later line.
   */
  heardDevices: 131_072,
  heardReports: 1024,
  /** Plants, products or releases with a count of their own; the rest is counted together. */
  fleetGroups: 2000,
  /** Listeners of the event stream; further ones are refused. A listener with more unread bytes is disconnected. */
  listeners: 64,
  listenerBytes: 1024 * 1024,
  /** Changes and acts that a listener can get when it comes back. */
  streamChanges: 1000,
  /** Bytes of the service's own log that wait to be written; further log lines are dropped and counted. */
  logBytes: 4 * 1024 * 1024,
  /** Texts of operators on one incident: acknowledgements, notes, reasons for closing. Further texts are refused. */
  notes: 200,
  noteCharacters: 4000,
  /** Notices that wait for one sink. Beyond, the oldest become dead letters. */
  noticesPending: 50_000,
  /** Dead letters of one sink. Beyond, the oldest are deleted and counted. */
  noticesDead: 10_000,
  /** Notices that were delivered and are kept, of all sinks. */
  deliveredRows: 20_000,
  /** Notices in flight to one sink at the same time, and alerts in one request to an Alertmanager. */
  noticesInFlight: 8,
  alertsInRequest: 256,
  /** Devices of which the alerts of a sink say what the fleet shows; the alerts of others have their own diagnosis. */
  fleetDiagnoses: 256,
  /** Bytes of a sink's response that are read, for the log if the response is an error. */
  answerBytes: 2048,
  /** Devices that `/metrics/devices` shows; the other devices are only counted. */
  deviceSeries: 50_000,
  /** Names of failing licensing peers stored for an incident. */
  failingPeers: 8,
  /** Claims of one device; beyond, the one that was said longest ago is forgotten. */
  claims: 64,
  /** Remembered times at which a device healed by itself. */
  heals: 8,
  /** Remembered answers of the tables of affected releases. */
  exposures: 4096,
} as const;

assert(limits.queuePauseLines * 2 <= limits.queueLines, 'stream senders pause before datagrams are dropped');
assert(limits.batchLines <= limits.queueLines, 'a batch fits the queue');
assert(limits.batchLines * 2 <= limits.queuePauseLines, 'stream senders resume while a batch is not stored yet');
assert(limits.listeners * 2 <= limits.httpConnections, 'listeners of the event stream leave room for requests');
assert(limits.recentSignals < limits.cachedSignals / 2, 'the recent signals of any device fit the cache');
assert(limits.headerBytes < limits.frameBytes, 'a header is part of a frame');
assert(limits.devices <= limits.heardDevices, 'what was reported of a device is remembered');
assert(limits.heardReports < limits.batchLines, 'reports of ordinary lines leave room for tracked ones');
