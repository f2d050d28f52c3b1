import type { Advisory, Check } from '../advisory/advisory.ts';
import { type Hypothesis, leaderIn } from '../judge/ranking.ts';
import { conditionOf, type Device } from '../model/device.ts';
import type { HypothesisName } from '../model/hypothesis.ts';
import { isOpen } from '../model/incident.ts';
import { adviceFor } from './advice.ts';

/** What to do at a device now, or why there is nothing to do. */
export type NextStep = {
  /** The hypothesis to go by, in view of the fleet; null if none leads. */
  readonly diagnosis: HypothesisName | null;
  /** What speaks for the diagnosis; empty where there is nothing to do. */
  readonly why: readonly string[];
  /** The commands of the repair, in their order; empty where a repair cannot help. */
  readonly commands: readonly string[];
  /** What to check at the device, with the commands that show it. */
  readonly checks: readonly Check[];
  /** The nearest release with the fix, if an upgrade can help. */
  readonly fixedIn: string | null;
  /** How to see that the repair has helped; empty without a repair. */
  readonly verify: readonly string[];
  /** Null where there is something to do. */
  readonly nothingBecause: string | null;
};

const NOTHING = { diagnosis: null, why: [], commands: [], checks: [], fixedIn: null, verify: [] } as const;

/** `ranked`: the hypotheses about the device in view of the fleet. */
export function nextStep(device: Device, ranked: readonly Hypothesis[], advisory: Advisory): NextStep {
  const { state } = device;
  const { incident } = state;
  const idle = idleBecause(device, advisory);
  if (idle !== null || !isOpen(incident)) return { ...NOTHING, nothingBecause: idle };
  const diagnosis = leaderIn(ranked, advisory) ?? incident.diagnosis;
  const { commands, checks, upgradeTo } = adviceFor(state, diagnosis, advisory);
  const why = ranked.find(({ cause }) => cause === diagnosis)?.for ?? [];
  const nothingBecause =
    commands.length + checks.length > 0 || upgradeTo !== null
      ? null
      : 'no cause has enough reasons for it yet: wait for further messages of the device';
  const verify = commands.length === 0 && upgradeTo === null ? [] : verifyingOf(advisory);
  return { diagnosis, why, commands, checks, fixedIn: upgradeTo, verify, nothingBecause };
}

/** Why nobody need do anything at a device; null where somebody should. */
function idleBecause(device: Device, advisory: Advisory): string | null {
  const { incident } = device.state;
  if (!isOpen(incident)) return WITHOUT_INCIDENT[conditionOf(device)] ?? 'no incident is open';
  if (incident.phase.state === 'suppressed')
    return `the inventory says ${device.inventory?.licensing ?? 'that its licensing is offline'}: the device needs no connection`;
  if (incident.phase.state !== 'recovering') return null;
  return `the device works again; the incident is resolved after ${hours(advisory.correlation.holdTimeMs)} without a failure`;
}

const WITHOUT_INCIDENT: Record<string, string> = {
  ok: 'nothing fails at the device',
  heard: 'the device has sent no message that the advisory names',
  unheard: 'no line of the device was heard',
  watching: 'what has failed so far is too little for an incident',
};

function verifyingOf({ remediation: { verify, newRoot }, correlation: { holdTimeMs } }: Advisory): string[] {
  return [
    `"${verify}" shows ${newRoot.name}, serial number ${newRoot.serial}`,
    `the device reports a success: the incident is recovering then, and resolved after ${hours(holdTimeMs)} without a failure`,
  ];
}

function hours(ms: number): string {
  return `${Math.round(ms / 3_600_000)} h`;
}
