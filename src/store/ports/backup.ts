/** A backup that is complete: its rows were checked, and the file is on disk. */
export type BackupDone = {
  readonly file: string;
  readonly bytes: number;
  readonly devices: number;
  readonly incidents: number;
  /** Older backups that were deleted, because no more than `keep` are kept. */
  readonly removed: readonly string[];
};

/** What was put into a data directory. */
export type Restored = {
  readonly devices: number;
  readonly incidents: number;
  /** Where the former database is now; null if there was none. */
  readonly former: string | null;
};
