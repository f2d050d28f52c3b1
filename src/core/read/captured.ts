/** What a capture adds to a device: signals for the fold, and facts that are kept. */
import type { Advisory } from '../advisory/advisory.ts';
import type { CaptureEvidence, ShownState } from '../capture/evidence.ts';
import type { Capture, Fact, ShownTime } from '../capture/fact.ts';
import type { DeviceFacts } from '../model/device-state.ts';
import type { ShownLicensing } from '../model/inventory.ts';
import type { ServerKind } from '../model/message.ts';
import { CaptureClock, type CaptureContext } from './capture-time.ts';
import { reachedIn } from './captured-contact.ts';
import { shownFacts } from './captured-facts.ts';
import { linesOfCapture } from './captured-lines.ts';
import { hashOfStatement } from './captured-statement.ts';

export function evidenceOfCapture(capture: Capture, advisory: Advisory, context: CaptureContext): CaptureEvidence {
  const { facts } = capture;
  const past = facts.flatMap((fact) => pastTimeOf(fact) ?? []);
  const clock = new CaptureClock(capture, past, context, advisory.clockOffMs);
  const uses = usedServer(facts);
  const { failures, successes } = reachedIn(facts, clock, uses, advisory);
  const trustpool = facts.findLast((fact) => fact.kind === 'trustpool')?.reading ?? null;
  const { at } = clock;
  const lines = linesOfCapture(facts, clock, advisory);
  return {
    at,
    from: clock.from,
    failures,
    successes,
    state: at === null ? null : stateOf(facts, uses, at),
    trustpool:
      trustpool === null
        ? null
        : { reading: trustpool, hash: hashOfStatement('TRUSTPOOL', `${at} ${JSON.stringify(trustpool)}`) },
    lines: lines.observations,
    unusedLines: lines.unused,
    serial: ofOneUnit(facts.filter((fact) => fact.kind === 'serial'))?.serial ?? null,
    kept: shownFacts(facts, at),
    unused: clock.unused,
  };
}

/** The time of what has happened; null for what is to come, or has none. */
function pastTimeOf(fact: Fact): ShownTime | null {
  switch (fact.kind) {
    case 'success':
    case 'failure':
    case 'event':
    case 'authorization':
    case 'report-push':
      return fact.at;
    default:
      return null;
  }
}

/** What the device is, with the lines that say so. */
function stateOf(facts: readonly Fact[], uses: ServerKind | null, at: number): ShownState | null {
  const release = facts.findLast((fact) => fact.kind === 'release');
  const product = ofOneUnit(facts.filter((fact) => fact.kind === 'product'));
  const reservation = facts.findLast((fact) => fact.kind === 'reservation');
  const licensing = reservation === undefined ? null : LICENSING[reservation.reservation];
  const shown: DeviceFacts = {
    ...(release === undefined ? {} : { release: release.release }),
    ...(product === undefined ? {} : { pid: product.pid }),
    ...(licensing === null ? {} : { licensing }),
    ...(uses === null ? {} : { uses }),
  };
  if (Object.keys(shown).length === 0) return null;
  const said = Object.entries(shown).map(([name, value]) => {
    const isAssumed = name === 'licensing' && reservation?.assumed === true;
    return `${NAMES[name] ?? name} ${value}${isAssumed ? ' (form assumed)' : ''}`;
  });
  return {
    facts: shown,
    text: `capture: ${said.join(', ')}`,
    hash: hashOfStatement('CAPTURE', `${at} ${JSON.stringify(shown)}`),
  };
}

const NAMES: Readonly<Record<string, string>> = { pid: 'product', uses: 'licensing server', licensing: 'licensing' };

const LICENSING: Record<'plr' | 'slr' | 'some' | 'none', ShownLicensing> = {
  plr: 'PLR',
  slr: 'SLR',
  some: 'reserved',
  none: 'online',
};

/** Of a stack the unit that is active. */
function ofOneUnit<T extends { readonly unit: string | null }>(facts: readonly T[]): T | undefined {
  const rank = ({ unit }: T) => ['active', null, 'chassis', 'member', 'standby'].indexOf(unit);
  return facts.toSorted((a, b) => rank(a) - rank(b))[0];
}

/** The licensing server that is used; null where the capture shows none, or servers of Cisco beside others. */
function usedServer(facts: readonly Fact[]): ServerKind | null {
  const transport = facts.findLast((fact) => fact.kind === 'transport')?.transport;
  const servers = new Set(facts.flatMap((fact) => (fact.kind === 'server' ? fact.server : [])));
  servers.delete('unnamed');
  if (transport === 'off') return null;
  if (transport === 'cslu') return servers.has('own') ? 'own' : 'cslu';
  return servers.size === 1 ? ([...servers][0] ?? null) : null;
}
