/**
 * A device that starts says so in several records: `%SYS-5-RESTART: System restarted --`, then, each with the next
 * counter and without a core, what `show version` begins with. The one with the version is known by its words.
 */
import type { Frame } from '../model/message.ts';

export type Restart = {
  /** Where the header ends. */
  readonly headerEnd: number;
  /** As `show version` writes it; null in the record that only says that the system has restarted. */
  readonly release: string | null;
};

const SOFTWARE = 'Cisco IOS';

/** Null for any other line. `core`: where `%SYS-5-RESTART` begins, null for a line without any core. */
export function restartOf({ bytes, start, end }: Frame, core: number | null): Restart | null {
  const line = bytes.subarray(start, end);
  const at = core === null ? line.indexOf(SOFTWARE) : core - start;
  if (at === -1) return null;
  const release = releaseIn(line.toString('latin1', at));
  return core !== null || release !== null ? { headerEnd: start + at, release } : null;
}

/** `Cisco IOS Software [Amsterdam], IE3x00 Switch Software (…), Version 17.3.3, RELEASE SOFTWARE (fc7)`. */
function releaseIn(text: string): string | null {
  const [, release] = /\bCisco IOS[^\n]*? Version (\d[\w.()-]{2,30}),/.exec(text) ?? [];
  return release ?? null;
}
