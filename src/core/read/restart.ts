/**
 * A device that starts sends several records: `%SYS-5-RESTART: System restarted --`, then, each with the next counter
 * and without a message code, the first lines of `show version`. The record with the version is found by its words.
 */
import type { Frame } from '../model/message.ts';

export type Restart = {
  /** Position of the header's end. */
  readonly headerEnd: number;
  /** As in `show version`; null in the record that only reports the restart. */
  readonly release: string | null;
};

const SOFTWARE = 'Cisco IOS';

/** Null for any other line. `code`: start of `%SYS-5-RESTART`; null for a line without a message code. */
export function restartOf({ bytes, start, end }: Frame, code: number | null): Restart | null {
  const line = bytes.subarray(start, end);
  const at = code === null ? line.indexOf(SOFTWARE) : code - start;
  if (at === -1) return null;
  const release = releaseIn(line.toString('latin1', at));
  return code !== null || release !== null ? { headerEnd: start + at, release } : null;
}

/** `Cisco IOS Software [Amsterdam], IE3x00 Switch Software (…), Version 17.3.3, RELEASE SOFTWARE (fc7)`. */
function releaseIn(text: string): string | null {
  const [, release] = /\bCisco IOS[^\n]*? Version (\d[\w.()-]{2,30}),/.exec(text) ?? [];
  return release ?? null;
}
