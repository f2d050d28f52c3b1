import type { Note } from './ports/batch.ts';
import type { Acknowledgement } from './ports/incidents.ts';

/** Kinds of notes after which another acknowledgement holds than before. */
const DECIDES: ReadonlySet<Note['kind']> = new Set(['acknowledged', 'unacknowledged', 'reopened']);

/** The acknowledgement that holds: until it is taken back, or a person reopens the incident. `notes`: in their order. */
export function acknowledgementIn(notes: readonly Note[]): Acknowledgement | null {
  const last = notes.findLast(({ kind }) => DECIDES.has(kind));
  return last?.kind === 'acknowledged' ? { at: last.at, by: last.by } : null;
}
