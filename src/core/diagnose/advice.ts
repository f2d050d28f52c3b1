/** What to do about a device: a repair only where it can help, else what to check. */
import type { Advisory, Check } from '../advisory/advisory.ts';
import { exposureOf } from '../advisory/exposure.ts';
import type { DeviceState } from '../model/device-state.ts';
import type { HypothesisName } from '../model/hypothesis.ts';

/** `upgradeTo`: null if no upgrade helps. `commands`: of the repair, in their order; empty if no import helps. */
export type Advice = {
  readonly upgradeTo: string | null;
  readonly commands: readonly string[];
  readonly checks: readonly Check[];
};

/** `diagnosis`: the hypothesis to go by; null if none leads: then there is nothing to do. */
export function adviceFor(state: DeviceState, diagnosis: HypothesisName | null, advisory: Advisory): Advice {
  const checks = diagnosis === null ? [] : (advisory.checks.get(diagnosis) ?? []);
  const exposure = exposureOf(state, advisory);
  // The root is there already: by the release, or because somebody looked. Another import cannot help.
  const hasRoot = exposure?.status === 'fixed' || state.repair?.by === 'check';
  if (diagnosis !== 'trust' || hasRoot) return { upgradeTo: null, commands: [], checks };
  return { upgradeTo: exposure?.fixedIn ?? null, commands: advisory.remediation.script, checks };
}

/** A check and its commands in one line. */
export function checkText({ check, commands }: Check): string {
  return commands.length === 0 ? check : `${check} (${commands.join('; ')})`;
}
