/** What to do about a device: a repair only where it can help, else what to check. */
import type { Advisory, Check } from '../advisory/advisory.ts';
import { exposureOf } from '../advisory/exposure.ts';
import type { DeviceState } from '../model/device-state.ts';
import type { HypothesisName } from '../model/hypothesis.ts';
import { checksOnceClockSet, clockWasSetAt } from './clock-was-set.ts';

/** `upgradeTo`: null if no upgrade helps. `commands`: of the repair, in their order; empty if no import helps. */
export type Advice = {
  readonly upgradeTo: string | null;
  readonly commands: readonly string[];
  readonly checks: readonly Check[];
};

/** `diagnosis`: the hypothesis to go by; null if none leads: then there is nothing to do. */
export function adviceFor(state: DeviceState, diagnosis: HypothesisName | null, advisory: Advisory): Advice {
  const checks = checksFor(state, diagnosis, advisory);
  const exposure = exposureOf(state, advisory);
  // The root is there already: by the release, or because somebody looked. Another import cannot help.
  const hasRoot = exposure?.status === 'fixed' || state.repair?.by === 'check';
  if (diagnosis !== 'trust' || hasRoot) return { upgradeTo: null, commands: [], checks };
  return { upgradeTo: exposure?.fixedIn ?? null, commands: advisory.remediation.script, checks };
}

/** What to check under a hypothesis. `state`: null where the device is not known any more. */
export function checksFor(
  state: DeviceState | null,
  diagnosis: HypothesisName | null,
  advisory: Advisory,
): readonly Check[] {
  if (diagnosis === null) return [];
  const clockSetAt = state === null || diagnosis !== 'clock' ? null : clockWasSetAt(state);
  if (state !== null && clockSetAt !== null) return checksOnceClockSet(state, clockSetAt);
  return advisory.checks.get(diagnosis) ?? [];
}

/** A check and its commands in one line. */
export function checkText({ check, commands }: Check): string {
  return commands.length === 0 ? check : `${check} (${commands.join('; ')})`;
}
