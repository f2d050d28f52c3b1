/**
 * Seeded syslog: ordinary Cisco chatter with a share of FN72298's messages, as a file or as a flow without end.
 * `node bench/generate.ts --lines 1000000 --share 0.02 --devices 5000 --seed 1 --out FILE`
 */
import { once } from 'node:events';
import { createWriteStream, utimesSync } from 'node:fs';
import { parseArgs } from 'node:util';

export type Mixture = {
  readonly share: number;
  readonly devices: number;
  readonly seed: number;
  /** The number in the first device's name, where several flows run at the same time. */
  readonly firstDevice?: number;
};
export type Mix = Mixture & { readonly lines: number };

/** What a file holds. The answer of a program is compared with it. */
export type Written = {
  readonly bytes: number;
  readonly matching: number;
  /** Matching lines that have a message code; the agent's event line has none. */
  readonly codes: number;
};

type Chance = () => number;
type Body = (chance: Chance, device: Device) => string;
type Device = {
  readonly name: string;
  readonly udi: string;
  /** Everything between the counter and the message code, at a time. */
  readonly header: (counter: number, at: number) => string;
  readonly bodies: readonly Body[];
};

/** The day of the first expiry that FN72298 names. */
export const DAY = Date.UTC(2022, 1, 5);
export const DAY_MS = 86_400_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const PIDS = ['IE-3300-8T2S', 'IE-3300-8P2S', 'IE-3400-8T2S', 'IE-3200-8T2S', 'ESS-3300-NCP', 'ESS-9300-10X-E'];
const USERS = ['operator', 'netadmin', 'service', 'backup'];
const FACILITY_LOCAL7 = 23 * 8;

const below = (chance: Chance, count: number): number => Math.floor(chance() * count);
const pick = <T>(chance: Chance, list: readonly T[]): T => list[below(chance, list.length)] as T;
const hex = (chance: Chance, digits: number): string =>
  below(chance, 16 ** digits)
    .toString(16)
    .padStart(digits, '0');
const port = (chance: Chance): string =>
  chance() < 0.8 ? `GigabitEthernet1/${1 + below(chance, 10)}` : `TenGigabitEthernet1/1/${1 + below(chance, 2)}`;
const guest = (chance: Chance): string => `198.51.100.${1 + below(chance, 254)}`;
const controller = (chance: Chance): string => `203.0.113.${1 + below(chance, 254)}`;
const mac = (chance: Chance): string => `0000.5e00.53${hex(chance, 2)}`;

const protocol: Body = (c) =>
  `%LINEPROTO-5-UPDOWN: Line protocol on Interface ${port(c)}, changed state to ${pick(c, ['up', 'down'])}`;
const link: Body = (c) => `%LINK-3-UPDOWN: Interface ${port(c)}, changed state to ${pick(c, ['up', 'down'])}`;

/** Ports go up and down more often than anything else happens; a line is about 149 bytes on average. */
const CHATTER: readonly Body[] = [
  ...[protocol, protocol, protocol, protocol, protocol, protocol, protocol],
  ...[link, link, link, link, link, link, link, link, link, link, link],
  (c) => `%LINK-5-CHANGED: Interface ${port(c)}, changed state to administratively down`,
  (c) => `%SYS-5-CONFIG_I: Configured from console by ${pick(c, USERS)} on vty${below(c, 5)} (${guest(c)})`,
  (c) =>
    `%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: ${pick(c, USERS)}] [Source: ${guest(c)}] [localport: 22] at 06:14:25 UTC Sat Feb 5 2022`,
  (c) =>
    `%SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: ${pick(c, USERS)}] [Source: ${guest(c)}] [localport: 22] [Reason: Login Authentication Failed] at 06:14:25 UTC Sat Feb 5 2022`,
  (c) =>
    `%SEC-6-IPACCESSLOGP: list PLANT-IN denied ${pick(c, ['tcp', 'udp'])} ${guest(c)}(${1024 + below(c, 64_000)}) -> ${controller(c)}(44818), ${1 + below(c, 90)} packets`,
  (c) => `%SEC-6-IPACCESSLOGDP: list CELL-OUT denied icmp ${guest(c)} -> ${controller(c)} (8/0), 1 packet`,
  (c) =>
    `%MAB-5-FAIL: Authentication failed for client (${mac(c)}) on Interface ${port(c)} AuditSessionID C0000201${hex(c, 8)}`,
  (c) =>
    `%DOT1X-5-FAIL: Authentication failed for client (${mac(c)}) on Interface ${port(c)} AuditSessionID 0A${hex(c, 6)}`,
  (c) =>
    `%SW_MATM-4-MACFLAP_NOTIF: Host ${mac(c)} in vlan ${100 + below(c, 40)} is flapping between port ${port(c)} and port ${port(c)}`,
  (c) => `%SPANTREE-5-TOPOTRAP: Topology change trap for vlan ${100 + below(c, 40)} seen from port ${port(c)}`,
  (c) =>
    `%CDP-4-NATIVE_VLAN_MISMATCH: Native VLAN mismatch discovered on ${port(c)} (1), with cell-${below(c, 99)}.example.net ${port(c)} (${100 + below(c, 40)}).`,
  (c) => `%SYS-6-LOGOUT: User ${pick(c, USERS)} has exited tty session ${1 + below(c, 9)}(${guest(c)})`,
  (c) => `%PARSER-5-CFGLOG_LOGGEDCMD: User:${pick(c, USERS)}  logged command:interface ${port(c)}`,
  (c) =>
    `%DHCP_SNOOPING-5-DHCP_SNOOPING_UNTRUSTED_PORT: DHCP_SNOOPING drop message on untrusted port, message type: DHCPOFFER, MAC sa: ${mac(c)}`,
  (c) => `%ILPOWER-5-POWER_GRANTED: Interface ${port(c)}: Power granted`,
  (c) =>
    `%PLATFORM_ENV-1-EXTERNAL_ALARM: Dry contact ${1 + below(c, 2)} of the cabinet is in state ${pick(c, ['open', 'closed'])}, set by ${pick(c, USERS)}`,
];

const CSSM = 'the Cisco Smart Software Manager (CSSM)';
const SERVICE = 'https://tools.cisco.com/its/service/oddce/services/DDCEService';
const callHome: Body = () =>
  `%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: ${SERVICE} (ERR 205 : Request Aborted)`;
const communication: Body = (c) =>
  pick(c, [
    `%SMART_LIC-3-COMM_FAILED: Communications failure with ${CSSM} : Fail to send out Call Home HTTP message.`,
    '%SMART_LIC-3-COMM_FAILED:Communications failure with the Cisco Smart Software Manager or satellite: Fail to send out Call Home HTTP message.',
    `%SMART_LIC-3-COMM_FAILED: Communications failure with ${CSSM} : No detailed information given`,
  ]);
const untrusted: Body = () =>
  `%SMART_LIC-3-COMM_FAILED: Communications failure with ${CSSM} : Cannot establish secure connection because server TLS cert cannot be validated`;
const authorization: Body = (_, { udi }) =>
  `%SMART_LIC-3-AUTH_RENEW_FAILED: Authorization renewal with ${CSSM} : Communication message send error for udi ${udi}`;
const signature: Body = (_, { udi }) =>
  `%SMART_LIC-3-AUTH_RENEW_FAILED: Authorization renewal with ${CSSM} : Error received from Smart Software Manager: Data and signature do not match for udi ${udi}`;
const agentEvent: Body = () =>
  'SAEVT_DEREGISTER_STATUS msgStatus="LS_INVALID_DATA" error="Missing Id cert serial number field; Signed data and certificate does not match"';
const revocation: Body = (c) =>
  `%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed${pick(c, ['', '#012                     '])} Reason : Failed to select socket. Timeout : 5 (Connection timed out)`;
const restored: Body = () => `%SMART_LIC-5-COMM_RESTORED: Communications with ${CSSM} restored`;
const renewed: Body = (_, { udi }) =>
  `%SMART_LIC-6-AUTH_RENEW_SUCCESS: Authorization renewal with ${CSSM} is successful for udi ${udi}`;
const unresolved: Body = () =>
  `%SMART_LIC-3-COMM_FAILED: Communications failure with ${CSSM} : Unable to resolve server hostname/domain name`;
const timedOut: Body = () =>
  `%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: ${SERVICE} (ERR 207 : Connection time out)`;
const foreign: Body = () =>
  '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint DNAC-CA failed Reason : Enrollment URL not configured.';

/** What happens at a device: every kind of message of FN72298, some kinds, an outage with another cause, or a repair. */
const STORIES: readonly { readonly share: number; readonly bodies: readonly Body[] }[] = [
  {
    share: 0.35,
    bodies: [callHome, callHome, communication, communication, revocation, authorization, signature, agentEvent],
  },
  { share: 0.2, bodies: [callHome, communication, revocation] },
  { share: 0.1, bodies: [communication, authorization, untrusted] },
  { share: 0.1, bodies: [communication, authorization] },
  { share: 0.15, bodies: [unresolved, timedOut, foreign] },
  {
    share: 0.1,
    bodies: [callHome, communication, callHome, communication, revocation, authorization, restored, renewed],
  },
];

/** Lines of a mixture without end; the same seed asked for the same times gives the same lines. */
export type Flow = {
  /** The next line, which ends without a line end, at a time; of one device, if `which` names it by its index. */
  readonly next: (at: number, which?: number) => string;
  readonly matching: () => number;
  readonly codes: () => number;
};

export function openFlow({ share, devices, seed, firstDevice = 0 }: Mixture): Flow {
  const chance = mulberry32(seed);
  const fleet = Array.from({ length: devices }, (_, index) => newDevice(chance, firstDevice + index));
  const counters = fleet.map(() => below(chance, 100_000));
  let matching = 0;
  let codes = 0;
  return {
    next: (at, which = below(chance, devices)) => {
      const device = fleet[which] as Device;
      const matches = chance() < share;
      if (matches) matching++;
      const body = pick(chance, matches ? device.bodies : CHATTER)(chance, device);
      if (matches && body.startsWith('%')) codes++;
      const counter = (counters[which] as number) + 1;
      counters[which] = counter;
      return `<${FACILITY_LOCAL7 + severityOf(body)}>${counter}: ${device.header(counter, at)}${body}`;
    },
    matching: () => matching,
    codes: () => codes,
  };
}

/** Writes a file of a mix; the same seed gives the same bytes. Its lines run through one day, which its mtime ends. */
export async function writeMix(file: string, { lines, ...mixture }: Mix): Promise<Written> {
  const flow = openFlow(mixture);
  const out = createWriteStream(file);
  let block = '';
  let bytes = 0;
  for (let index = 0; index < lines; index++) {
    block += `${flow.next(DAY + Math.floor((index / lines) * DAY_MS))}\n`;
    if (block.length < 1 << 20) continue;
    bytes += block.length;
    if (!out.write(block)) await once(out, 'drain');
    block = '';
  }
  out.end(block);
  await once(out, 'finish');
  // Stamps without a year are dated from the end of the archive.
  utimesSync(file, new Date(DAY + DAY_MS), new Date(DAY + DAY_MS));
  return { bytes: bytes + block.length, matching: flow.matching(), codes: flow.codes() };
}

function newDevice(chance: Chance, index: number): Device {
  const plant = 1 + below(chance, 40);
  const short = `sw-${String(index).padStart(4, '0')}`;
  const name = chance() < 0.5 ? `${short}.plant-${plant}.example.net` : short;
  return {
    name,
    udi: `PID:${pick(chance, PIDS)},SN:FOC${String(index).padStart(4, '0')}${hex(chance, 4).toUpperCase()}`,
    header: newHeader(chance, name),
    bodies: story(chance()),
  };
}

/** Headers as `service timestamps`, `service sequence-numbers` and the clock of a device make them. */
function newHeader(chance: Chance, name: string): Device['header'] {
  const sort = chance();
  if (sort < 0.4) return (_, at) => `${name}: ${stamp(at, 23, true)} UTC: `;
  if (sort < 0.6) return (_, at) => `${name}: ${stamp(at, 23)}: `;
  if (sort < 0.75) return (counter, at) => `${name}: ${sequence(counter)}: ${stamp(at + 3_600_000, 23)} CET: `;
  if (sort < 0.85) return (counter, at) => `${sequence(counter)}: ${name}: ${stamp(at, 23)} UTC: `;
  if (sort < 0.95) return (_, at) => `${name}: ${stamp(at, 19)}: `;
  return (_, at) => `${name}: .${stamp(at, 23)}: `;
}

function sequence(counter: number): string {
  return String(counter % 1_000_000).padStart(6, '0');
}

/** `Feb  5 06:00:00.123`, or `Feb  5 2022 06:00:00.123`; the time of day is cut from `2022-02-05T06:00:00.123Z` at `end`. */
function stamp(at: number, end: 19 | 23, withYear = false): string {
  const iso = new Date(at).toISOString();
  const year = withYear ? ` ${iso.slice(0, 4)}` : '';
  return `${MONTHS[Number(iso.slice(5, 7)) - 1]} ${iso.slice(8, 10).replace(/^0/, ' ')}${year} ${iso.slice(11, end)}`;
}

/** The agent's event line has no message code; IOS sends it as an error. */
function severityOf(body: string): number {
  return body.startsWith('%') ? Number(body[body.indexOf('-') + 1]) : 3;
}

function story(at: number): readonly Body[] {
  let sum = 0;
  for (const { share, bodies } of STORIES) {
    sum += share;
    if (at < sum) return bodies;
  }
  return (STORIES.at(-1) as (typeof STORIES)[number]).bodies;
}

/** Numbers in [0, 1) that a seed decides. */
function mulberry32(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      lines: { type: 'string', default: '1000000' },
      share: { type: 'string', default: '0.02' },
      devices: { type: 'string', default: '5000' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string' },
    },
  });
  const { out, lines, share, devices, seed } = values;
  if (out === undefined) {
    process.stderr.write('name the file to write: --out FILE\n');
    process.exitCode = 2;
  } else {
    const mix = { lines: Number(lines), share: Number(share), devices: Number(devices), seed: Number(seed) };
    const { bytes, matching } = await writeMix(out, mix);
    process.stdout.write(
      `${mix.lines} lines, ${matching} of them matching, ${(bytes / mix.lines).toFixed(1)} bytes a line\n`,
    );
  }
}
