/** How long rows of each kind are kept, in milliseconds. */
export type RetentionPolicy = {
  /** Incidents that are resolved or closed, since their last change, with all that belongs to them. */
  readonly incidentsMs: number;
  /** Evidence of such incidents. */
  readonly evidenceMs: number;
  /** Changes of such incidents, since they were decided, and notices since they were delivered. */
  readonly transitionsMs: number;
  /** Tracked lines that the grammar could not read. */
  readonly unparsedMs: number;
};

/** What one step has deleted. */
export type Retained = {
  readonly incidents: number;
  readonly evidence: number;
  readonly transitions: number;
  readonly unparsed: number;
  readonly deliveries: number;
};

/**
 * Deleting what is too old. The store has a clock of its own for this, which goes on with the time that passes while
 * the service runs, and follows the wall clock at 24 times that speed at most: a wall clock that is years ahead
 * for an hour deletes the rows of one more day.
 */
export interface RetentionStore {
  /** Moves the clock of retention. `now`: the wall clock; `passedMs`: what has passed since the last call. Returns it. */
  moveRetention(now: number, passedMs: number): Promise<number>;
  /**
   * One step of a pass over what is stored, bounded in rows. Null when the pass is complete; the next call begins a new
   * one.
   */
  retain(policy: RetentionPolicy): Promise<Retained | null>;
  /**
   * Makes a store of a former version one that can shrink. For the start of the service. Returns what to tell people; null
   * where nothing was to do.
   */
  makeShrinkable(): Promise<string | null>;
  /** Gives some of the free space back to the disk. Returns whether there is more. */
  shrink(): Promise<boolean>;
}
