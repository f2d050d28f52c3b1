/** An invented campaign: what each switch sends, and what people do, day by day. The same each time. */
import { BODIES } from '../../given.ts';

export const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** When the pictures are taken. */
export const NOW = Date.parse('2026-09-18T09:30:00Z');

export type Switch = {
  readonly name: string;
  readonly address: string;
  readonly serial: string;
  readonly plant: string;
  readonly pid: string;
  readonly release: string;
};

/** Networks of documentation (RFC 5737), one for each plant. */
const PLANTS = [
  { name: 'Assembly', network: '192.0.2', switches: 26, daysToRepair: 9 },
  { name: 'Foundry', network: '198.51.100', switches: 22, daysToRepair: 70 },
  { name: 'Paint shop', network: '203.0.113', switches: 18, daysToRepair: 24 },
] as const;
const MODELS = [
  { pid: 'IE-3300-8T2S', release: '17.3.3', short: 'cell' },
  { pid: 'IE-3300-8T2S', release: '17.3.4', short: 'line' },
  { pid: 'IE-3400-8T2S', release: '17.3.3', short: 'ring' },
  { pid: 'IE-4000-8GT4G-E', release: '15.2(7)E3', short: 'press' },
] as const;
const FIXED = '17.6.1';

export const switches: readonly Switch[] = PLANTS.flatMap(({ name: plant, network, switches: count }, place) =>
  Array.from({ length: count }, (_, index) => {
    const { pid, release, short } = MODELS[index % MODELS.length] as (typeof MODELS)[number];
    const number = `${index + 1}`.padStart(2, '0');
    return {
      ...{ name: `sw-${plant.slice(0, 2).toLowerCase()}-${short}-${number}`, plant, pid },
      ...{ address: `${network}.${index + 11}`, serial: `FOC00${place}${number}A1B` },
      release: index % 9 === 8 ? FIXED : release,
    };
  }),
);

/** Listed, and nothing is heard of them. */
const SILENT = [
  'sw-fo-store-01,198.51.100.200,FOC0099A1B1,Foundry,IE-3300-8T2S,17.3.3',
  'sw-as-gate-01,192.0.2.200,FOC0099A1B2,Assembly,IE-2000-8TC-G-E,15.2(7)E3',
];

export const inventory = [
  'hostname,address,serial,plant,pid,release',
  ...switches.map(({ name, address, serial, plant, pid, release }) =>
    [name, address, serial, plant, pid, release].join(','),
  ),
  ...SILENT,
  '',
].join('\n');

/** A line, or what a person asks of the API. */
export type Event = { readonly at: number } & (
  | { readonly from: Switch; readonly body: string; readonly skip?: number }
  | { readonly method: string; readonly path: string; readonly body?: object | string }
);

const renewed = (serial: string, pid: string) =>
  `%SMART_LIC-6-AUTH_RENEW_SUCCESS: Authorization renewal with the Cisco Smart Software Manager (CSSM) is successful for udi PID:${pid},SN:${serial}`;
const IMPORTED = '%PKI-6-TRUSTPOOL_DOWNLOAD_SUCCESS: Trustpool Download is successful';
const NOT_READ = '%SMART_LIC-3-NOT_KNOWN_YET: Connection state of the agent is 7 of 9';

/** In days before now. The foundry is late: its last successes are almost a year old, and two are older. */
function lastSuccess(plant: string, index: number): number {
  if (plant === 'Foundry') return index % 11 === 2 ? 367 : 345 + ((index * 7) % 17);
  return 140 + ((index * 37) % 210);
}

/** What became of one switch: a success long ago, failures in some weeks, and perhaps a repair. */
function lifeOf(each: Switch, index: number): Event[] {
  const { pid, serial, release, plant } = each;
  const says = (at: number, body: string): Event => ({ at, from: each, body });
  const success = NOW - lastSuccess(plant, index) * DAY;
  const events: Event[] = index % 6 === 5 ? [] : [says(success, renewed(serial, pid))];
  if (release === FIXED || index % 8 === 7)
    return [...events, says(NOW - ((index % 20) + 1) * HOUR, BODIES.commRestored)];
  const failed = NOW - (40 - ((index * 11) % 36)) * DAY - (index % 10) * HOUR;
  const { daysToRepair } = PLANTS.find(({ name }) => name === plant) as (typeof PLANTS)[number];
  const asPlanned = failed + daysToRepair * (0.4 + ((index * 7) % 10) / 9) * DAY;
  // A few were repaired just now, and wait for the end of the hold time.
  const repaired = index % 17 === 12 ? NOW - 50 * MINUTE : asPlanned;
  for (let at = failed; at < Math.min(repaired, NOW - HOUR); at += 4 * DAY) {
    events.push(says(at, BODIES.callHome205), says(at + MINUTE, BODIES.commFailed));
    if (index % 3 !== 0) events.push(says(at + 5 * MINUTE, BODIES.crlSla));
  }
  if (repaired > NOW - HOUR && repaired !== NOW - 50 * MINUTE) return events;
  return [...events, says(repaired, IMPORTED), says(repaired + 10 * MINUTE, BODIES.commRestored)];
}

/** The switch of which the pictures tell; the foundry is behind. */
export const shown = switches.find(({ name }) => name === 'sw-fo-ring-03') ?? (switches[0] as Switch);

const incident = (of: Switch) => `incidents/qv-${of.name}-1`;
const inFoundry = switches.filter(({ plant }) => plant === 'Foundry');

const told: readonly Event[] = [
  { at: NOW - 3 * DAY, from: shown, body: NOT_READ },
  { at: NOW - 2 * DAY, from: inFoundry[0] as Switch, body: NOT_READ },
  { at: NOW - 5 * HOUR, from: shown, body: BODIES.crlSla, skip: 12 },
  { at: NOW - 4 * HOUR, method: 'POST', path: `${incident(shown)}/acknowledge`, body: { by: 'kim' } },
  {
    ...{ at: NOW - 4 * HOUR, method: 'POST', path: `${incident(shown)}/notes` },
    body: { by: 'kim', text: 'Maintenance window on Saturday, 06:00.' },
  },
];

/** Those that were repaired just now. */
export const recovering = switches.filter(
  ({ release }, index) => index % 17 === 12 && release !== FIXED && index % 8 !== 7,
);

/** What people said afterwards; they did not always agree with the diagnosis. */
const said: readonly Event[] = switches.slice(0, 9).flatMap((each, index) =>
  each.release === FIXED || index % 8 === 7
    ? []
    : [
        {
          ...{ at: NOW - DAY, method: 'POST', path: `${incident(each)}/notes` },
          body: { by: 'lee', disposition: { hypothesis: index === 4 ? 'network' : 'trust' } },
        },
      ],
);

export const events: readonly Event[] = [...switches.flatMap(lifeOf), ...told, ...said].sort(
  (one, other) => one.at - other.at,
);
