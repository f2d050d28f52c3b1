/** What a capture adds to a device: signals for the fold, and facts that are kept. */
import type { Advisory } from '../advisory/advisory.ts';
import type { CaptureEvidence, ShownFailure, ShownState, ShownSuccess } from '../capture/evidence.ts';
import type { Capture, Exchange, Fact, ShownTime } from '../capture/fact.ts';
import type { DeviceFacts } from '../model/device-state.ts';
import type { ShownLicensing } from '../model/inventory.ts';
import { limits } from '../model/limits.ts';
import { noFields, type ServerKind, type TrackedMessage } from '../model/message.ts';
import { CaptureClock, type CaptureContext } from './capture-time.ts';
import { shownFacts } from './captured-facts.ts';
import { linesOfCapture } from './captured-lines.ts';
import { classify, ruleOf } from './classify.ts';
import { hashOfMessage } from './fingerprint.ts';

/** What the licensing agent calls the failure of each exchange in its messages. Assumed: what it says of the others is no failure of contact. */
const FAILURES: Partial<Record<Exchange, string>> = {
  registration: 'AGENT_REG_FAILED',
  renewal: 'ID_CERT_RENEW_FAILED',
  authorization: 'AUTH_RENEW_FAILED',
  trust: 'TRUST_CODE_INSTALL_FAILED',
  report: 'COMM_FAILED',
  ack: 'COMM_FAILED',
  polling: 'COMM_FAILED',
  sync: 'COMM_FAILED',
  hello: 'COMM_FAILED',
};

/** Rows of the agent's log of events that say whether the server was reached. */
const EVENTS: Readonly<Record<string, 'failure' | 'success'>> = {
  SAEVT_COMM_FAIL: 'failure',
  SAEVT_COMM_RESTORED: 'success',
};

export function evidenceOfCapture(capture: Capture, advisory: Advisory, context: CaptureContext): CaptureEvidence {
  const { facts } = capture;
  const past = facts.flatMap((fact) => pastTimeOf(fact) ?? []);
  const clock = new CaptureClock(capture, past, context, advisory.clockOffMs);
  const uses = usedServer(facts);
  const failures = facts.flatMap((fact) => failureOf(fact, clock, advisory) ?? []).sort((a, b) => a.at - b.at);
  const trustpool = facts.findLast((fact) => fact.kind === 'trustpool')?.reading ?? null;
  const { at } = clock;
  const lines = linesOfCapture(facts, clock, advisory);
  const success = successOf(facts, clock, uses ?? 'unnamed');
  return {
    at,
    from: clock.from,
    failures: failures.slice(-limits.captureFailures),
    success,
    state: at === null ? null : stateOf(facts, uses, at),
    trustpool:
      trustpool === null
        ? null
        : { reading: trustpool, hash: hashOf('TRUSTPOOL', `${at} ${JSON.stringify(trustpool)}`) },
    lines: lines.observations,
    unusedLines: lines.unused,
    serial: ofOneUnit(facts.filter((fact) => fact.kind === 'serial'))?.serial ?? null,
    kept: shownFacts(facts, at),
    unused: clock.unused,
  };
}

/** The time of what has happened; null for what is to come, or has none. */
function pastTimeOf(fact: Fact): ShownTime | null {
  return fact.kind === 'success' || fact.kind === 'failure' || fact.kind === 'event' ? fact.at : null;
}

function failureOf(fact: Fact, clock: CaptureClock, advisory: Advisory): ShownFailure | null {
  const [mnemonic, reason] =
    fact.kind === 'failure'
      ? [FAILURES[fact.of], fact.reason]
      : fact.kind === 'event' && EVENTS[fact.name] === 'failure'
        ? ['COMM_FAILED', fact.fields['error'] ?? null]
        : [];
  const time = pastTimeOf(fact);
  if (mnemonic === undefined || time === null) return null;
  const at = clock.instantOf(time);
  if (at === null) return null;
  const text = reason ?? '';
  const fields = { ...noFields, reason: reason ?? null };
  const message: TrackedMessage = {
    ...{ outcome: 'parsed', facility: 'SMART_LIC', severity: 3, mnemonic, text, fields },
  };
  const meaning = classify(message, advisory);
  if (meaning.kind !== 'failure') return null;
  const critical = ruleOf(message, advisory)?.critical === true;
  return { at, mnemonic, meaning, critical, text: lineOf(fact), hash: hashOf(mnemonic, `${at} ${text}`) };
}

/** The last exchange that succeeded. A file that was imported by hand is no contact. */
function successOf(facts: readonly Fact[], clock: CaptureClock, server: ServerKind): ShownSuccess | null {
  let last: ShownSuccess | null = null;
  for (const fact of facts) {
    const succeeds =
      (fact.kind === 'success' && fact.of !== 'import') || (fact.kind === 'event' && EVENTS[fact.name] === 'success');
    const time = succeeds ? pastTimeOf(fact) : null;
    const at = time === null ? null : clock.instantOf(time);
    if (at !== null && (last === null || at > last.at))
      last = { at, server, text: lineOf(fact), hash: hashOf('SUCCESS', String(at)) };
  }
  return last;
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
    hash: hashOf('CAPTURE', `${at} ${JSON.stringify(shown)}`),
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

/** Without what a message code begins with: the line is no message of its own, also where it is read again. */
function lineOf({ line, text, assumed }: Fact): string {
  return `capture, line ${line}${assumed ? ' (form assumed)' : ''}: ${text.replace(/%(?=[A-Z])/g, '')}`;
}

function hashOf(mnemonic: string, text: string): number {
  return hashOfMessage({ facility: 'CAPTURE', mnemonic, text });
}
