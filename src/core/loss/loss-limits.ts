/** The bounds of the ledger. Those marked "assumed" are from no document of Cisco. */
export const lossLimits = {
  /**
   * Time in which a late line still fills its gap, or is known as a copy, if it is one of the last 64 numbers
   * (`WINDOW`). Later, a lower number is a device that began anew. Assumed: no device boots faster.
   */
  reorderMs: 10_000,
  /** A gap that may be lost lines: so many, and so many more for each second since the last line. Assumed. */
  gapLines: 10_000,
  gapLinesPerSecond: 1000,
  /** Contradictions of one series, beyond which it is given up; one is forgiven after each such time. Assumed. */
  doubts: 8,
  forgiveMs: 3 * 3_600_000,
  /** So many equal steps of more than one on end are how the sender counts, not loss. */
  strides: 32,
  /** A series that was given up is tried again after so long, and believed after so many lines. */
  retryMs: 24 * 3_600_000,
  retryLines: 256,
  /** Times for which the totals of a series are kept, and how far apart they are at least. */
  checkpoints: 24,
  checkpointMs: 15 * 60_000,
  /** Sources held. Beyond it those with the fewest lines are forgotten first, and counted. */
  sources: 65_536,
  /** A source with so many lines is proven: a flood of invented senders does not displace it. */
  provenLines: 4,
} as const;
