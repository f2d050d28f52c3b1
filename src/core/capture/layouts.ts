/** What the beginning of an output looks like, for outputs without their command. */
import type { SectionKind } from './fact.ts';

/**
 * `first`: a line that only this output begins with. `parts`: other kinds in which this line is an ordinary one, so that
 * it begins nothing there.
 */
type Layout = { readonly kind: SectionKind; readonly first: RegExp; readonly parts?: readonly SectionKind[] };

const LICENSES = ['license-all', 'license-tech', 'license-status', 'license-summary', 'license-usage'] as const;

const LAYOUTS: readonly Layout[] = [
  { kind: 'license-tech', first: /^Smart Licensing Tech Support info/i },
  { kind: 'license-all', first: /^Smart Licensing Status\s*$/i, parts: ['license-tech'] },
  { kind: 'license-eventlog', first: /^\*{2,}\s*Event Log\s*\*{2,}/i },
  { kind: 'license-history', first: /^Message History \(oldest to newest\)/i },
  {
    kind: 'license-status',
    first: /^(?:Smart Licensing is (?:ENABLED|DISABLED)|Utility:|Registration:|Smart Licensing Using Policy:)\s*$/i,
    parts: [...LICENSES],
  },
  { kind: 'license-usage', first: /^License Authorization:\s*$/i, parts: [...LICENSES] },
  { kind: 'license-summary', first: /^License Usage:?\s*$/i, parts: [...LICENSES] },
  { kind: 'license-udi', first: /^UDI:\s*PID:/i, parts: [...LICENSES] },
  {
    kind: 'version',
    first:
      /^(?:Cisco IOS(?:-XE| XE)? Software\b|Cisco Internetwork Operating System Software|Cisco Adaptive Security Appliance Software Version)/i,
    parts: ['version'],
  },
  {
    kind: 'clock',
    first: /^[*.]?\d{1,2}:\d\d:\d\d\.\d{1,6} \S+ (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} \d{1,2} \d{4}$/,
    parts: ['clock'],
  },
  { kind: 'ntp-status', first: /^(?:Clock is (?:un)?synchroni[sz]ed, stratum|%NTP is not enabled)/i },
  { kind: 'inventory', first: /^NAME:\s*"[^"]*",\s*DESCR:/i, parts: ['inventory'] },
  {
    kind: 'running-config',
    first:
      /^(?:Building configuration|Current configuration\s*:|!\s?(?:Last configuration change|RANCID-CONTENT-TYPE: cisco|Chassis type:|Image: Software:)|license smart (?:transport|url|proxy|vrf) |service timestamps log|logging (?:host|trap|origin-id) |version \d+\.\d+$|ASA Version \d)/i,
    parts: ['running-config'],
  },
  { kind: 'logging', first: /^Syslog logging:\s*enabled/i },
];

/** A line that an output has once, in a form that can be compared; null for any other line. */
export function onceOf(line: string): string | null {
  const layout = LAYOUTS.find(({ first }) => first.test(line));
  return layout === undefined || layout.kind === 'inventory' || layout.kind === 'clock'
    ? null
    : line.trim().toLowerCase();
}

/** The kind of output that begins with a line; null if the line is an ordinary one in the output so far. */
export function begins(line: string, within: SectionKind | null): SectionKind | null {
  const layout = LAYOUTS.find(({ first }) => first.test(line));
  if (layout === undefined || (within !== null && (layout.parts?.includes(within) ?? false))) return null;
  return layout.kind;
}

/** What only the records of a list of certificates have. */
export const CERTIFICATE_BEGINS =
  /^(?:(?:CA|Subordinate CA|Router Self-Signed|RA Signature|RA KeyEncipher) )?Certificate(?:\s*$| Status:)/i;

/** Lines by which other systems are known. */
const OTHER_SYSTEMS: readonly (readonly [line: RegExp, name: string])[] = [
  [/^(?:RP\/\d+\/\S+:.*)?Cisco IOS XR Software\b/i, 'Cisco IOS-XR'],
  [/Cisco Nexus Operating System \(NX-OS\)/i, 'Cisco NX-OS'],
  [/^(?:Junos:|JUNOS |## Last (?:commit|changed):)|\bJUNOS (?:Software|OS|Base)\b/i, 'Juniper Junos'],
  [/^Arista \S+|^Arista Networks EOS/i, 'Arista EOS'],
  [/Huawei Versatile Routing Platform|^<?HUAWEI/i, 'Huawei VRP'],
  [/\bHPE? Comware (?:Platform )?Software\b|\bH3C Comware\b/i, 'Comware'],
  [/\bArubaOS\b|^ProCurve |\bAOS-CX\b/i, 'ArubaOS'],
  [/\bMikroTik RouterOS\b/i, 'MikroTik RouterOS'],
  [/\bFortiOS\b|^Version: Forti(?:Gate|Switch)/i, 'FortiOS'],
  [/\bPAN-OS\b|^sw-version: \d/i, 'PAN-OS'],
  [/^Dell (?:EMC )?(?:Networking|Real Time Operating System)/i, 'Dell OS'],
  [/^ExtremeXOS version|^Image\s*:\s*ExtremeXOS/i, 'ExtremeXOS'],
  [/^Linux \S+ \d+\.\d+/i, 'Linux'],
];

/** Lines of configurations by which they are known. A description or a banner of IOS has none of them. */
const OTHER_CONFIGURATIONS: readonly (readonly [line: RegExp, name: string])[] = [
  [/^!Command: show |^!Running configuration last done at:|^version \S+ +Bios:version\b/i, 'Cisco NX-OS'],
  [/^(?:no )?feature [a-z][\w+-]*$|^vdc \S+ id \d+$/, 'Cisco NX-OS'],
  [/^!! IOS XR\b/i, 'Cisco IOS-XR'],
  [/^: ?NGFW Version \d|^NGFW Version \d/i, 'Cisco FTD'],
  [/^! device: .*\bEOS-\d/i, 'Arista EOS'],
  [/^## Last (?:commit|changed):|^version \S+;$/i, 'Juniper Junos'],
  [/^!Version ArubaOS-CX\b|^; \S+ Configuration Editor; Created on release\b/i, 'ArubaOS'],
  [/^#config-version=/i, 'FortiOS'],
  [/^!Software Version V\d+R\d+/i, 'Huawei VRP'],
];

/** The prompt of IOS-XR: the processor, then the name. */
export const XR_PROMPT = /^(?:RP|SP|LC)\/\d+\/[^\s:]{1,40}:([\w.-]+)(?:\([\w-]*\))?# ?(.*)$/;

/** The system that a line shows, if it is none of IOS, IOS-XE and ASA; else null. */
export function otherSystem(line: string): string | null {
  return OTHER_SYSTEMS.find(([known]) => known.test(line))?.[1] ?? null;
}

/** The system whose configuration has such a line, if it is none of IOS, IOS-XE and ASA; else null. */
export function otherConfiguration(line: string): string | null {
  return OTHER_CONFIGURATIONS.find(([known]) => known.test(line))?.[1] ?? null;
}
