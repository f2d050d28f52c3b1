/** `show version` of IOS, IOS-XE and ASA. */
import type { Statement } from './fact.ts';
import { Reading, type SectionReader } from './reading.ts';
import type { ShownLine } from './terminal.ts';

type Take = (found: readonly string[]) => readonly Statement[];

/** The first words of `show version` of IOS-XE name the release with two digits each (`17.03.03`). */
const ROWS: readonly (readonly [line: RegExp, take: Take])[] = [
  [/^Cisco IOS XE Software, Version (\d[\w.()-]*)/i, ([release = '']) => [{ kind: 'release', release }]],
  [
    /^(?:Cisco )?(?:IOS|Internetwork Operating System)\b.* Software\b.*\bVersion (\d[\w.()-]*)/i,
    ([release = '']) => [{ kind: 'release', release }],
  ],
  [/^IOS \(tm\) .*\bVersion (\d[\w.()-]*)/i, ([release = '']) => [{ kind: 'release', release }]],
  [
    /^Cisco Adaptive Security Appliance Software Version (\d[\w.()-]*)/i,
    ([release = '']) => [{ kind: 'release', release }],
  ],
  [/^([\w.-]+) uptime is /i, ([hostname = '']) => [{ kind: 'hostname', hostname }]],
  // ASA: `fw-a up 10 hours 51 mins`, beside `failover cluster up 1 day`.
  [/^(?!failover)([\w.-]+) up \d+ \w+/i, ([hostname = '']) => [{ kind: 'hostname', hostname }]],
  [
    /^cisco (\S+) .*(?:processor|with).* bytes of (?:physical )?memory/i,
    ([pid = '']) => [{ kind: 'product', pid, unit: null }],
  ],
  [/^Model Number\s*:\s*(\S+)/i, ([pid = '']) => [{ kind: 'product', pid, unit: null }]],
  [/^Hardware:\s+([\w-]+),/i, ([pid = '']) => [{ kind: 'product', pid, unit: null }]],
  [
    /^(?:Processor board ID|System Serial Number\s*:|Serial Number:)\s*([\w-]+)$/i,
    ([serial = '']) => [{ kind: 'serial', serial, pid: null, unit: null }],
  ],
  [
    /^License reservation: (Enabled|Disabled)/i,
    ([on = '']) => [{ kind: 'reservation', reservation: /^e/i.test(on) ? 'some' : 'none' }],
  ],
  [/^Smart Licensing Status: Smart Licensing Using Policy/i, () => [{ kind: 'licensing', mode: 'policy' }]],
];

export const readVersion: SectionReader = ({ lines }, context) => {
  const reading = new Reading(context);
  const stated = new Set<string>();
  // A line before a list of the units' own lines is of the active unit.
  let unit: number | null = null;
  for (const line of lines) {
    const text = line.text.trim();
    const [, number] = /^Switch 0*(\d+)$/i.exec(text) ?? [];
    if (number !== undefined) unit = Number(number);
    for (const statement of statementsOf(line, text)) {
      const member = unit === null ? statement : ofMember(statement);
      const key = JSON.stringify({ ...member, unit: null });
      if (!stated.has(key)) reading.state(line, member);
      stated.add(key);
    }
  }
  return oneRelease(reading);
};

function statementsOf(_line: ShownLine, text: string): readonly Statement[] {
  for (const [row, take] of ROWS) {
    const found = row.exec(text);
    if (found !== null) return take(found.slice(1).map((part) => part.replace(/,$/, '')));
  }
  return [];
}

function ofMember(statement: Statement): Statement {
  return statement.kind === 'serial' || statement.kind === 'product' ? { ...statement, unit: 'member' } : statement;
}

/** IOS-XE shows its release twice, as `17.03.03` and `17.3.3`: the first counts. */
function oneRelease(reading: Reading): Reading {
  const first = reading.stated.findIndex(({ statement }) => statement.kind === 'release');
  const kept = reading.stated.filter(({ statement }, index) => statement.kind !== 'release' || index === first);
  reading.stated.splice(0, reading.stated.length, ...kept);
  return reading;
}
