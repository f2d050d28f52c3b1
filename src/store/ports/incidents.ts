/** Incidents as lists show them, and what can be asked of all of them. Times are milliseconds, but those of the record. */
import type { IncidentFacts } from '../../core/diagnose/incident-facts.ts';
import type { IncidentRecord } from '../../core/diagnose/incident-record.ts';
import type { IncidentFacet, IncidentSort } from '../../core/fleet/incident-lists.ts';
import type { Severity } from '../../core/model/incident.ts';

export type Acknowledgement = { readonly at: number; readonly by: string };

/** An incident with what is known of its device and what people did. */
export type ListedIncident = IncidentRecord &
  IncidentFacts & {
    /**
     * Plant, product and release are those of the device at a later time: an older version did not keep them with the
     * incident.
     */
    readonly placeAssumed: boolean;
    /**
     * By the clock of the service: when the incident changed last in its state, severity, diagnosis, grace period, place or
     * acknowledgement. Null where an older version wrote it, and it was not brought over yet.
     */
    readonly changedAt: number | null;
    /** It is valid until it is taken back or the incident is reopened by a person. */
    readonly acknowledged: Acknowledgement | null;
  };

/** One value, or several of which one must be the incident's. Null: incidents without a value. */
export type Values<T> = T | readonly T[];

/** Conditions that an incident must meet, all of them. What is left out or undefined is no condition. */
export type IncidentFilter = {
  readonly state?: Values<string> | undefined;
  readonly severity?: Values<string> | undefined;
  readonly plant?: Values<string | null> | undefined;
  readonly product?: Values<string | null> | undefined;
  readonly release?: Values<string | null> | undefined;
  readonly diagnosis?: Values<string | null> | undefined;
  /** The key of the device. */
  readonly device?: Values<string> | undefined;
  readonly acknowledged?: boolean | undefined;
  /** At this time or later. */
  readonly openedAfter?: number | undefined;
  /** Before this time. */
  readonly openedBefore?: number | undefined;
  readonly changedAfter?: number | undefined;
  /** The grace period of an open incident ends before this time; of a bounded one: at the latest. */
  readonly graceBefore?: number | undefined;
  /** The incident is that one, or its device has a name that begins with one of these, as `Aliases` have names. */
  readonly about?: About | undefined;
};

type About = {
  readonly names: readonly string[];
  readonly incident: { readonly device: string; readonly ordinal: number } | null;
};

export type IncidentQuery = IncidentFilter & {
  /** By default `openedAt`. */
  readonly sort?: IncidentSort | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
};

export type FacetCount = { readonly value: string | boolean | null; readonly count: number };

/** The most frequent first, then by value; all of them. */
export type IncidentFacets = {
  /** Incidents that meet the filter. */
  readonly total: number;
  /** Those that would, if the filter had no condition on the facet itself. */
  readonly facets: Readonly<Record<IncidentFacet, readonly FacetCount[]>>;
};

/** Which incident. */
export type IncidentKey = { readonly device: string; readonly ordinal: number };

/** Open incidents that do not recover, by severity. */
export type OpenSeverities = Readonly<Record<Severity, number>>;

/** The open incidents that have to be repaired, by the days until their grace periods end. */
export type DueByDay = {
  /** `byDay[n]`: those that end within the day n from now; 0: those that are over. */
  readonly byDay: readonly number[];
  /** Those that end later. */
  readonly later: number;
  /** Those of which no end is known. */
  readonly unknown: number;
};
