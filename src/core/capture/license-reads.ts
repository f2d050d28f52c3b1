/** What the lines of the licensing outputs state; `license.ts` says which line is read by which of them. */
import type { Exchange, Statement, Unit } from './fact.ts';
import type { KeyedLine, Rule } from './keyed.ts';
import { isNothing } from './reading.ts';
import { serverAt } from './server-url.ts';

/** Of the output so far: the heading is that of the exchange that a reason belongs to. */
export type Memory = {
  /** Where `stated` has the failure that a reason below it belongs to. */
  failureAt: number | null;
  /** What the server has answered last, by the heading above. */
  answer: { readonly heading: string; readonly text: string } | null;
  /** How many failures an exchange has had since its last success, by the heading above. */
  ongoing: { readonly heading: string; readonly count: number } | null;
  usesPolicy: boolean;
};

export type Read = NonNullable<Rule<Memory>['read']>;

/** `SUCCEEDED on TIME`, `FAILED on TIME`, as the last attempt of an exchange. */
export const attempt =
  (of: Exchange): Read =>
  ({ line, value }, reading, memory) => {
    memory.failureAt = null;
    const [, outcome = '', when] = /^(SUCC\w*|FAIL\w*|PENDING)(?:\s+on\s+(.+))?$/i.exec(value) ?? [];
    if (outcome === '') return isNothing(value) ? undefined : reading.miss(line, 'no outcome of an attempt');
    if (when === undefined || /^p/i.test(outcome)) return;
    const at = reading.time(line, when);
    if (at === null) return;
    if (/^s/i.test(outcome)) return reading.state(line, { kind: 'success', of, at });
    memory.failureAt = reading.stated.length;
    // Public outputs show `SUCCEEDED on` and `SUCCESS on` only.
    reading.assume(line, { kind: 'failure', of, at, reason: null });
  };

/** A time, or a word that says that there is none. */
export const timed =
  (make: (at: Extract<Statement, { kind: 'success' }>['at']) => Statement): Read =>
  ({ line, value }, reading) => {
    if (isNothing(value) || /^(?:deadline )?exceeded|^expired|not rescheduled/i.test(value)) return;
    const at = reading.time(line, value.replace(/^INSTALLED on\s+/i, ''));
    if (at !== null) reading.state(line, make(at));
  };

/** The exchanges of `Communication Statistics`, by the first word of their headings. */
const EXCHANGES: readonly (readonly [heading: RegExp, of: Exchange])[] = [
  [/trust sync$/, 'sync'],
  [/trust (?:establishment|acknowledgement)$/, 'trust'],
  [/usage reporting$/, 'report'],
  [/result polling$/, 'polling'],
  [/authorization (?:request|confirmation|return)$/, 'authorization'],
  [/hello message$/, 'hello'],
];
export const STATISTICS =
  /(?:trust (?:sync|establishment|acknowledgement)|usage reporting|result polling|authorization \w+|hello message)$/;

export const statistic =
  (
    make: (
      of: Exchange,
      line: KeyedLine,
      memory: Memory,
    ) => (at: Extract<Statement, { kind: 'success' }>['at']) => Statement,
  ): Read =>
  (line, reading, memory) => {
    const of = EXCHANGES.find(([heading]) => heading.test(line.path.join(' / ')))?.[1];
    if (of !== undefined) timed(make(of, line, memory))(line, reading, memory);
  };

export const reasonBelow: Read = ({ value, path }, reading, memory) => {
  if (isNothing(value)) return;
  const failed = memory.failureAt === null ? undefined : reading.stated[memory.failureAt];
  if (failed?.statement.kind === 'failure') {
    reading.stated[memory.failureAt as number] = { ...failed, statement: { ...failed.statement, reason: value } };
    memory.failureAt = null;
  } else memory.answer = { heading: path.filter((name) => !/^last response$/.test(name)).join(' / '), text: value };
};

const unitOf = (word: string): Unit =>
  (({ active: 'active', standby: 'standby', member: 'member' }) as const)[word.toLowerCase()] ?? null;

const UDI = /PID:\s*([^,\s]+)\s*,\s*S(?:N)?:\s*([\w-]+)/i;

/** `Active:PID:C9300-48P,SN:FOC0000A1B2`: the rows of `HA UDI List`, and the device's own `UDI`. */
export const udi: Read = ({ line, key, value }, reading) => {
  const [, pid, serial] = UDI.exec(line.text) ?? [];
  if (pid === undefined || serial === undefined) return isNothing(value) ? undefined : reading.miss(line, 'no UDI');
  const unit = unitOf(key === '' ? (/^\w+/.exec(value)?.[0] ?? '') : key);
  reading.state(line, { kind: 'product', pid, unit });
  reading.state(line, { kind: 'serial', serial, pid, unit });
};

const RESERVED = /\b(?:(UNIVERSAL|PERMANENT)|SPECIFIC) (?:LICENSE RESERVATION|INSTALLED)\b/i;

export const reserved: Read = ({ line, value }, reading) => {
  const [all, universal] = RESERVED.exec(value) ?? [];
  if (all !== undefined)
    reading.assume(line, { kind: 'reservation', reservation: universal === undefined ? 'slr' : 'plr' });
};

export const reservationState: Read = ({ line, value, key }, reading) => {
  const [, word = ''] = /\b(ENABLED|DISABLED)\b/i.exec(`${key} ${value}`) ?? [];
  reading.state(line, { kind: 'reservation', reservation: /^e/i.test(word) ? 'some' : 'none' });
};

const TRANSPORTS: readonly (readonly [RegExp, Extract<Statement, { kind: 'transport' }>['transport']])[] = [
  [/^call[-_ ]?home$/i, 'callhome'],
  [/^smart$/i, 'smart'],
  [/^cslu$/i, 'cslu'],
  [/^automatic$/i, 'automatic'],
  [/^(?:transport )?off$/i, 'off'],
];

export const transport: Read = ({ line, value }, reading) => {
  const found = TRANSPORTS.find(([words]) => words.test(value))?.[1];
  if (found === undefined) reading.miss(line, 'no transport that is known');
  else if (found === 'automatic' || found === 'off') reading.assume(line, { kind: 'transport', transport: found });
  else reading.state(line, { kind: 'transport', transport: found });
};

export const server =
  (of: 'cslu' | 'other'): Read =>
  ({ line, value }, reading) => {
    if (isNothing(value)) return;
    const stated = serverAt(value, of, reading.advisory);
    if (stated === null) reading.miss(line, 'no address of a server');
    else reading.state(line, stated);
  };

export const proxyAddress: Read = ({ line, value }, reading) => {
  if (!isNothing(value)) reading.state(line, { kind: 'proxy', address: value, port: null });
};

export const proxyPort: Read = ({ value }, reading) => {
  const at = reading.stated.findLastIndex(({ statement }) => statement.kind === 'proxy');
  const proxy = reading.stated[at];
  if (proxy?.statement.kind !== 'proxy' || !/^\d{1,5}$/.test(value)) return;
  reading.stated[at] = { ...proxy, statement: { ...proxy.statement, port: Number(value) } };
};

export const registration: Read = (keyed, reading, memory) => {
  const state = keyed.value.toUpperCase();
  reading.state(keyed.line, { kind: 'registration', state });
  reserved(keyed, reading, memory);
};

export const authorization: Read = ({ line, value }, reading) => {
  const [, state = '', when] = /^(.*?)(?:\s+on\s+(.+))?$/i.exec(value) ?? [];
  const at = when === undefined ? null : reading.time(line, when);
  if (state !== '') reading.state(line, { kind: 'authorization', state: state.toUpperCase(), at });
};
