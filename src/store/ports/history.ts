/** How many incidents had each change on a day. */
export type DayCounts = {
  opened: number;
  confirmed: number;
  recovering: number;
  resolved: number;
  /** By a person. */
  closed: number;
  /** There was no such incident, or it became another one. */
  withdrawn: number;
  /** Again open after it was over. */
  reopened: number;
};

/** One day. `day`: of UTC, counted from 1970. `open`: incidents that were open at its end. */
export type HistoryDay = Readonly<DayCounts> & {
  readonly day: number;
  readonly open: number;
  /** Some of it was made of incidents that an older version stored: changes that no record has are missing. */
  readonly filled: boolean;
};

/**
 * `plant`: undefined for the fleet, null for devices without a plant and for those of which the inventory says `UNKNOWN`. Both
 * days are included.
 */
export type HistoryQuery = { readonly plant?: string | null | undefined; readonly from: number; readonly to: number };
