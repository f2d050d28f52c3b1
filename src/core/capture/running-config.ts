/** `show running-config`, whole or a section of it: the lines about licensing and logging. */
import type { Statement } from './fact.ts';
import { levelOf } from './levels.ts';
import { Reading, type SectionReader, type Stated } from './reading.ts';
import { serverAt } from './server-url.ts';

type Take = (found: readonly string[], reading: Reading) => Statement | null | undefined;

const TRANSPORTS = ['callhome', 'smart', 'cslu', 'automatic', 'off'] as const;

/**
 * The lines that are read, without blanks at their ends. A value that is not understood gives undefined, a line that
 * states nothing gives null.
 */
const ROWS: readonly (readonly [line: RegExp, take: Take])[] = [
  // What RANCID and Oxidized write in front of a configuration: the output of `show version`, as comments.
  [/^!\s?Image: Software: [^,\s]+, (\d[\w.()-]*)/i, ([release = '']) => ({ kind: 'release', release })],
  [/^!\s?Chassis type: ([\w/-]+)/i, ([pid = '']) => ({ kind: 'product', pid, unit: null })],
  [/^!\s?Processor ID: (\w+)/i, ([serial = '']) => ({ kind: 'serial', serial, pid: null, unit: null })],
  [/^hostname (\S+)$/, ([hostname = '']) => ({ kind: 'hostname', hostname: hostname.replace(/^"(.*)"$/, '$1') })],
  [
    /^license smart transport (\w+)$/,
    ([word]) => {
      const transport = TRANSPORTS.find((known) => known === word);
      return transport === undefined ? undefined : { kind: 'transport', transport };
    },
  ],
  [/^license smart url (?:cslu) (\S+)$/, ([url = ''], { advisory }) => serverAt(url, 'cslu', advisory) ?? undefined],
  [
    /^license smart url (?:smart )?(https?:\S+)$/,
    ([url = ''], { advisory }) => serverAt(url, 'other', advisory) ?? undefined,
  ],
  [/^license smart proxy address (\S+)$/, ([address = '']) => ({ kind: 'proxy', address, port: null })],
  [/^license smart vrf (\S+)$/, ([vrf = '']) => ({ kind: 'vrf', vrf })],
  [/^(no )?license smart server-identity-check$/, ([no]) => ({ kind: 'server-identity-check', on: no === undefined })],
  [/^license smart reservation$/, () => ({ kind: 'reservation', reservation: 'some' })],
  [/^destination address http (\S+)$/, ([url = ''], { advisory }) => serverAt(url, 'other', advisory) ?? undefined],
  [
    /^http-proxy "?([^"\s]+)"? port (\d{1,5})$/,
    ([address = '', port]) => ({ kind: 'proxy', address, port: Number(port) }),
  ],
  [
    /^(no )?logging trap(?: (\w+))?$/,
    ([no, word]) => {
      if (no !== undefined) return { kind: 'logging-trap', level: null };
      // Without a level it is the default.
      const level = word === undefined ? 6 : levelOf(word);
      return level === undefined ? undefined : { kind: 'logging-trap', level };
    },
  ],
  [
    /^logging (?:host (?:ipv6 |\S+ (?=\d))?)?((?:\d+\.){3}\d+|(?=\S*:)[0-9a-f:]+)(?: .*)?$/i,
    ([host = '']) => ({ kind: 'logging-host', host }),
  ],
  [/^logging host (?!ipv6 )([\w.-]+)(?: .*)?$/, ([host = '']) => ({ kind: 'logging-host', host })],
  [
    /^(no )?logging origin-id(?: (hostname|ip|ipv6|string (.+)))?$/,
    ([no, form = '', text]) =>
      no === undefined && form === ''
        ? undefined
        : { kind: 'origin-id', origin: no === undefined ? (text ?? form) : null },
  ],
  [
    /^(no )?service timestamps(?: log)?(?: (.*))?$/,
    ([no, form]) =>
      /^debug\b/.test(form ?? '') ? null : { kind: 'timestamps', form: no === undefined ? (form ?? 'uptime') : null },
  ],
  [/^(no )?service sequence-numbers$/, ([no]) => ({ kind: 'sequence-numbers', on: no === undefined })],
];

/** Commands whose other forms are named as not understood, as they could say what is asked for. */
const ASKED =
  /^(?:no )?(?:license smart (?:transport|url|proxy|vrf|reservation|server)|logging (?:trap|origin-id)|service (?:sequence-numbers|timestamps log))\b/;
/** Forms of them that are known and state nothing. */
const SILENT = /^(?:no )?license smart (?:url (?:default|utility .*)|proxy port \d+|reservation .*)$/;

export const readRunningConfig: SectionReader = ({ lines }, context) => {
  const reading = new Reading(context);
  // Of a profile of call-home: its address counts only if it is active.
  let profile: { active: boolean; stated: readonly Stated[] } | null = null;
  const endProfile = () => {
    if (profile?.active === true) for (const { line, statement } of profile.stated) reading.state(line, statement);
    profile = null;
  };
  for (const line of lines) {
    const text = line.text.trim();
    if (/^profile "?\S/.test(text) || /^\S/.test(line.text)) endProfile();
    if (/^\s+profile "?\S/.test(line.text)) profile = { active: false, stated: [] };
    const statement = statementOf(text, reading);
    const open = profile as { active: boolean; stated: readonly Stated[] } | null;
    if (open !== null && text === 'active') open.active = true;
    if (open !== null && statement?.kind === 'server') open.stated = [...open.stated, { line, statement }];
    else if (statement === undefined && ASKED.test(text) && !SILENT.test(text))
      reading.miss(line, 'a form of the command that is not known');
    else reading.state(line, statement ?? null);
    const [, port] = /^license smart proxy port (\d{1,5})$/.exec(text) ?? [];
    if (port !== undefined) addPort(reading, Number(port));
  }
  endProfile();
  return reading;
};

function statementOf(text: string, reading: Reading): Statement | null | undefined {
  for (const [row, take] of ROWS) {
    const found = row.exec(text);
    if (found !== null) return take(found.slice(1), reading);
  }
  return undefined;
}

function addPort(reading: Reading, port: number): void {
  const at = reading.stated.findLastIndex(({ statement }) => statement.kind === 'proxy');
  const proxy = reading.stated[at];
  if (proxy?.statement.kind === 'proxy') reading.stated[at] = { ...proxy, statement: { ...proxy.statement, port } };
}
