/** When a capture shows that the licensing server was reached, and when it was not. */
import type { Advisory } from '../advisory/advisory.ts';
import type { ShownFailure, ShownSuccess } from '../capture/evidence.ts';
import type { Exchange, Fact } from '../capture/fact.ts';
import { limits } from '../model/limits.ts';
import { noFields, type ServerKind, type TrackedMessage } from '../model/message.ts';
import type { CaptureClock } from './capture-time.ts';
import { hashOfStatement, lineOf } from './captured-statement.ts';
import { classify, ruleOf } from './classify.ts';

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

const DAY_MS = 24 * 3_600_000;

/** Authorization is renewed every 30 days (Cisco's documents of Smart Licensing; assumed of every release). */
const RENEWED_MS = 30 * DAY_MS;

/** What happens once, and is shown for ever: between it and the next attempt that is shown there may have been others. */
const FIRST: ReadonlySet<Exchange> = new Set(['registration', 'trust']);

/**
 * How long before a deadline the server was reached: 90 days, and a year for a registration, which may have a leap day (Cisco's documents
 * of Smart Licensing; assumed of every release).
 */
const BEFORE_DEADLINE_DAYS: Partial<Record<Extract<Fact, { kind: 'deadline' }>['of'], number>> = {
  communication: 90,
  registration: 366,
};

/** The server was reached `at` or later. `log`: the log, which shows each time, that has it as a row; null: of a list of last times. */
type Contact = { readonly at: number; readonly fact: Fact; readonly log: Fact['section'] | null; readonly how: string };
type Failed = ShownFailure & Pick<Contact, 'log'>;

export type Reached = { readonly failures: readonly ShownFailure[]; readonly successes: readonly ShownSuccess[] };

/**
 * The failures that hold since their time, and the successes that end them, in the order of their times; the last success is the
 * last one that is known. A failure of a list of last times, before a success that is shown as well, is none that holds: nobody knows
 * how long it did. `uses`: the licensing server that the capture shows; null if it shows none.
 */
export function reachedIn(
  facts: readonly Fact[],
  clock: CaptureClock,
  uses: ServerKind | null,
  advisory: Advisory,
): Reached {
  const contacts = contactsOf(facts, clock, advisory).sort((a, b) => a.at - b.at);
  const after = (time: number) => contacts.find(({ at }) => at > time);
  const shown = new Map<number, Failed>();
  for (const fact of facts) {
    const failed = failureOf(fact, clock, uses, advisory);
    const next = failed === null ? undefined : after(failed.at);
    if (failed !== null && (next === undefined || (failed.log !== null && next.log === failed.log)))
      shown.set(failed.hash, failed);
  }
  const failures = [...shown.values()].sort((a, b) => a.at - b.at).slice(-limits.captureFailures);
  const ends = [...failures.map(({ at }) => after(at)), contacts.at(-1)].filter((contact) => contact !== undefined);
  const successes = new Map(ends.map((contact) => [contact.at, successOf(contact, uses ?? 'unnamed')]));
  return {
    failures: failures.map(({ log, ...failure }) => failure),
    successes: [...successes.values()].sort((a, b) => a.at - b.at),
  };
}

function failureOf(fact: Fact, clock: CaptureClock, uses: ServerKind | null, advisory: Advisory): Failed | null {
  const failed = failedIn(fact);
  if (failed === null) return null;
  const { mnemonic, reason, time } = failed;
  const at = clock.instantOf(time);
  if (at === null) return null;
  const text = reason ?? '';
  const fields = { ...noFields, reason };
  const message: TrackedMessage = {
    ...{ outcome: 'parsed', facility: 'SMART_LIC', severity: 3, mnemonic, text, fields },
  };
  const said = classify(message, advisory);
  if (said.kind !== 'failure') return null;
  const isCustomers = (uses === 'own' || uses === 'cslu') && said.server === 'unnamed';
  const meaning = isCustomers ? { ...said, server: uses, weight: 0 } : said;
  const critical = ruleOf(message, advisory)?.critical === true;
  const hash = hashOfStatement(mnemonic, `${at} ${text}${isCustomers ? ` ${uses}` : ''}`);
  return { at, mnemonic, meaning, critical, text: lineOf(fact), hash, log: logOf(fact) };
}

/** A failure in the agent's words. Of statistics only one that goes on, and with its reason: the number alone says nothing. */
function failedIn(fact: Fact) {
  if (fact.kind === 'event' && EVENTS[fact.name] === 'failure')
    return { mnemonic: 'COMM_FAILED', reason: fact.fields['error'] ?? null, time: fact.at };
  if (fact.kind !== 'failure') return null;
  const { of, reason, statistic, at: time } = fact;
  const isOver = statistic !== undefined && (statistic.ongoing === 0 || reason === null);
  const mnemonic = FAILURES[of];
  return mnemonic === undefined || isOver ? null : { mnemonic, reason, time };
}

function logOf({ section }: Fact): Contact['log'] {
  return section === 'license-eventlog' || section === 'license-history' ? section : null;
}

/** Every time that shows that the server was reached. A file that was imported by hand is no contact, nor is a reservation. */
function contactsOf(facts: readonly Fact[], clock: CaptureClock, { graceMs }: Advisory): Contact[] {
  const isReserved = facts.some((fact) => fact.kind === 'reservation' && fact.reservation !== 'none');
  const attempts = facts.flatMap((fact) => attemptedAt(fact, clock) ?? []);
  return facts.flatMap((fact): Contact[] => {
    if (isReserved && isOfReservation(fact)) return [];
    const contact = contactIn(fact, clock);
    if (contact === null || clock.at === null) return [];
    const isFirst = fact.kind === 'success' && FIRST.has(fact.of) && logOf(fact) === null;
    const isPassed =
      clock.at - contact.at > graceMs || attempts.some((attempted) => attempted - contact.at > RENEWED_MS);
    return isFirst && isPassed ? [] : [contact];
  });
}

function contactIn(fact: Fact, clock: CaptureClock): Contact | null {
  const at = reachedAt(fact, clock);
  if (at === null) return null;
  const days = fact.kind === 'deadline' ? BEFORE_DEADLINE_DAYS[fact.of] : undefined;
  return { at, fact, log: logOf(fact), how: days === undefined ? '' : ` (${days} days before this time)` };
}

function reachedAt(fact: Fact, clock: CaptureClock): number | null {
  switch (fact.kind) {
    case 'success':
      return fact.of === 'import' ? null : clock.instantOf(fact.at);
    case 'event':
      return EVENTS[fact.name] === 'success' ? clock.instantOf(fact.at) : null;
    case 'authorization':
      // Out of compliance is an answer of the server, too.
      return fact.at !== null && /^(?:AUTHORIZED|OUT OF COMPLIANCE)$/.test(fact.state)
        ? clock.instantOf(fact.at)
        : null;
    case 'deadline': {
      const [due, days] = [clock.dueAt(fact.at), BEFORE_DEADLINE_DAYS[fact.of]];
      const at = due === null || days === undefined ? null : due - days * DAY_MS;
      return at !== null && clock.at !== null && at <= clock.at ? at : null;
    }
    default:
      return null;
  }
}

/** When the device tried to reach the server, whatever came of it. */
function attemptedAt(fact: Fact, clock: CaptureClock): number | null {
  return fact.kind === 'failure' || fact.kind === 'report-push' ? clock.instantOf(fact.at) : null;
}

/** What a device with reserved licences states of itself, without a server. */
function isOfReservation(fact: Fact): boolean {
  if (fact.kind === 'success') return fact.of === 'registration' || fact.of === 'authorization';
  return fact.kind === 'authorization' || fact.kind === 'deadline';
}

function successOf({ at, fact, how }: Contact, server: ServerKind): ShownSuccess {
  return { at, server, text: `${lineOf(fact)}${how}`, hash: hashOfStatement('SUCCESS', String(at)) };
}
