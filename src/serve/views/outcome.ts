/** What became of incidents, or would become of them in a dry run. */
import { Type } from 'typebox';
import type { DeviceChange } from '../../core/correlate/correlated.ts';
import { changeEventSchema, changeEventView } from './stream.ts';

/** The changes that an answer names. */
const NAMED = 100;

export const outcomeSchema = Type.Object({
  dryRun: Type.Boolean({ description: 'true: nothing was stored; this is what would happen now' }),
  changed: Type.Integer({ description: 'changes of incidents' }),
  changes: Type.Array(changeEventSchema, { description: `the first ${NAMED} of them` }),
});

export function outcomeView(changes: readonly DeviceChange[], prefix: string, dryRun: boolean) {
  const shown = changes.slice(0, NAMED).map((change) => changeEventView(change, prefix));
  return { dryRun, changed: changes.length, changes: shown };
}
