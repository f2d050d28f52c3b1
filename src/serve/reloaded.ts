/** What became of a reload. */
export type Reloaded = {
  /** The keys that are configured otherwise than before, and are used from now on. */
  readonly changed: string[];
  /** The keys that are configured otherwise, and are used only after a restart. */
  readonly needsRestart: string[];
};
