/** The bounds of the ledger. Those marked "assumed" are from no document of Cisco. */
export const lossLimits = {
  /**
   * Within this time a late line fills its gap, or is recognised as a copy, if its number is one of the last 64
   * (`WINDOW`). Later, a lower number means that the device restarted. Assumed: no device boots faster.
   */
  reorderMs: 10_000,
  /**
   * The largest gap that counts as loss: `gapLines`, plus `gapLinesPerSecond` for each second without a line. Assumed.
   */
  gapLines: 10_000,
  gapLinesPerSecond: 1000,
  /** Lines that are lost again and again, less than `reorderMs` apart, are reported as a gap after this time. */
  gapMs: 5 * 60_000,
  /** A series with more contradictions than `doubts` is given up; one is forgiven after each `forgiveMs`. Assumed. */
  doubts: 8,
  forgiveMs: 3 * 3_600_000,
  /** So many equal steps of more than one in a row are the sender's way of counting, not loss. */
  strides: 32,
  /** A series that was given up is tried again after `retryMs`, and believed after `retryLines` lines. */
  retryMs: 24 * 3_600_000,
  retryLines: 256,
  /** How many checkpoints of its totals a series has, and the least time between two. */
  checkpoints: 24,
  checkpointMs: 15 * 60_000,
  /** The number of sources in memory. Beyond it sources with few lines are evicted first, and counted. */
  sources: 65_536,
  /** Senders that one answer about all senders has, of each thread: those with most lines missing. */
  listedSenders: 10_000,
  /** A sender counts as heard for so long after its last line. Assumed. */
  heardMs: 3_600_000,
  /** A source with so many lines is proven: a flood of forged senders does not displace it. */
  provenLines: 4,
  /** How often an instance tells the others what it knows. */
  toldEveryMs: 30_000,
} as const;
