/** What an incident really was, as a person says, and how often persons and diagnoses agree. */
import type { HypothesisName } from './hypothesis.ts';

/** As a person states it. `text`: in the person's words; may be empty. */
export type StatedDisposition = { readonly hypothesis: HypothesisName; readonly text: string };

/** As it is stored: beside the diagnosis of the incident and the release of its device at that moment. */
export type Disposition = StatedDisposition & {
  /** Null if no hypothesis had led. */
  readonly diagnosis: HypothesisName | null;
  /** Null if no release was known. */
  readonly release: string | null;
};

/** How many incidents have a last disposition with these three values. */
export type DispositionCount = Pick<Disposition, 'hypothesis' | 'diagnosis' | 'release'> & { readonly count: number };

/** The last disposition in the notes of an incident, which are in the order in which they were written. */
export function lastDisposition(notes: readonly { readonly disposition: Disposition | null }[]): Disposition | null {
  return notes.findLast(({ disposition }) => disposition !== null)?.disposition ?? null;
}
