/** What is known of all lines of a device, of ordinary ones too: when the last one came, and which levels it sends. */

/**
 * `lastAt`: the time of the last line. `level`: the highest level number (0 to 7, of `%FACILITY-LEVEL-MNEMONIC`); null if
 * no line had one. `watched`: the lines of a time in which every line was looked at, as only the first of a long archive
 * are; null if there were none. A copy by another route counts again. Once a recovery can be seen, tracked lines are not
 * counted any more. Times are event times.
 */
export type Heard = {
  readonly lastAt: number;
  readonly level: number | null;
  readonly watched: Watched | null;
};

export type Watched = { readonly firstAt: number; readonly lastAt: number; readonly lines: number };

/** Lines of one device, and the highest level number in them. `partly`: others beside them were not looked at. */
export type HeardLines = { readonly level: number | null; readonly lines: number; readonly partly: boolean };

/** `at`: the time of the last of the lines. The order of the lines does not matter. */
export function heardAfter(before: Heard | null, at: number, { level, lines, partly }: HeardLines): Heard {
  const watched = before === null ? null : before.watched;
  return {
    lastAt: before === null ? at : Math.max(before.lastAt, at),
    level: before === null ? level : higherLevel(before.level, level),
    watched: partly ? watched : mergeWatched(watched, { firstAt: at, lastAt: at, lines }),
  };
}

/** What is known of a device that was known under two names. */
export function mergeHeard(a: Heard | null, b: Heard | null): Heard | null {
  if (a === null || b === null) return a ?? b;
  return {
    lastAt: Math.max(a.lastAt, b.lastAt),
    level: higherLevel(a.level, b.level),
    watched: mergeWatched(a.watched, b.watched),
  };
}

function mergeWatched(a: Watched | null, b: Watched | null): Watched | null {
  if (a === null || b === null) return a ?? b;
  return {
    firstAt: Math.min(a.firstAt, b.firstAt),
    lastAt: Math.max(a.lastAt, b.lastAt),
    lines: a.lines + b.lines,
  };
}

/** Null means that no level is known. */
export function higherLevel(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** When it is certain that no recovery of a device can be seen: what the advisory says of levels. */
export type Visibility = {
  /** The highest level number that no recovery has. */
  readonly level: number;
  /** Without a higher one for this long, or in so many lines, the device sends none. */
  readonly withinMs: number;
  readonly lines: number;
};

/**
 * Whether a recovery of the device can be seen: false if the device sends only graver lines (`logging trap warnings` or
 * less). Null if too little is known.
 */
export function recoveryVisible(heard: Heard | null, { level, withinMs, lines }: Visibility): boolean | null {
  if (heard === null || heard.level === null) return null;
  if (heard.level > level) return true;
  const { watched } = heard;
  if (watched === null) return null;
  return watched.lastAt - watched.firstAt >= withinMs || watched.lines >= lines ? false : null;
}
