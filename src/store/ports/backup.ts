/** A backup that is complete: its rows were checked, and the file is on disk. */
export type BackupDone = {
  readonly file: string;
  readonly bytes: number;
  readonly devices: number;
  readonly incidents: number;
  /** Rows that are damaged in the database, too: a service that starts on the backup sets them aside. */
  readonly damaged: number;
  /** Older backups that were deleted, because no more than `keep` are kept; none while rows are damaged. */
  readonly removed: readonly string[];
};

/** What was put into a data directory. */
export type Restored = {
  readonly devices: number;
  readonly incidents: number;
  /** Damaged rows in it: the service sets them aside. */
  readonly damaged: number;
  /** Where the former database is now; null if there was none. */
  readonly former: string | null;
};
