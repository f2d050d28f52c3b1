/** A fleet and its lines: each switch goes through phases and sends the messages of each phase. */
import { BODIES, DAY, HOUR } from '../given.ts';
import type { Random } from './random.ts';

/**
 * `at`: the time of sending. `peer`: the sender's address. `wrongStamp`: the stamp is wrong, so the receipt decides.
 */
export type SentLine = {
  readonly at: number;
  readonly device: string;
  readonly peer: string;
  readonly line: string;
  readonly wrongStamp: boolean;
};

const IMPORTED = '%PKI-6-TRUSTPOOL_DOWNLOAD_SUCCESS: Trustpool Download is successful';
const UNSAVED =
  '%PKI-4-NOCONFIGAUTOSAVE: Configuration was modified.  Issue "write memory" to save new IOS PKI configuration';
const RESTART =
  '%SYS-5-RESTART: System restarted -- Cisco IOS Software [Amsterdam], IE3x00 Switch Software (IE3x00-UNIVERSALK9-M), Version 17.3.3, RELEASE SOFTWARE (fc1)';

/** The messages of each phase, the longest time between two, and the largest number of lines. */
const PHASES = {
  healthy: { bodies: [BODIES.commRestored, BODIES.chatter], everyMs: 20 * HOUR, lines: 3 },
  trust: {
    bodies: [BODIES.callHome205, BODIES.commFailed, BODIES.crlSla, BODIES.authSignature, BODIES.authSendError],
    everyMs: 6 * HOUR,
    lines: 12,
  },
  resolver: { bodies: [BODIES.commDns, BODIES.callHome207], everyMs: 3 * HOUR, lines: 8 },
  other: { bodies: [BODIES.crlOther, BODIES.chatter, BODIES.outOfCompliance], everyMs: 9 * HOUR, lines: 4 },
  repaired: { bodies: [IMPORTED, UNSAVED, BODIES.commRestored], everyMs: HOUR, lines: 4 },
  restarted: { bodies: [RESTART], everyMs: HOUR, lines: 1 },
  silent: { bodies: [], everyMs: 40 * DAY, lines: 1 },
} as const;

type Phase = keyof typeof PHASES;
const phases = Object.keys(PHASES) as Phase[];

/** A clock that is 71 years ahead. */
const WRONG_BY_MS = 71 * 365 * DAY;

/** The lines of all devices in the order of their times, over `days` days from `from`. */
export function livesOf(random: Random, options: { from: number; days: number; devices: number }): SentLine[] {
  const sent: SentLine[] = [];
  for (let device = 0; device < options.devices; device++) sent.push(...lifeOf(random, device, options));
  return sent.sort((a, b) => a.at - b.at);
}

function lifeOf(random: Random, number: number, { from, days }: { from: number; days: number }): SentLine[] {
  const device = `sw-${number}`;
  const serial = `FOC0000A1${String(number).padStart(2, '0')}`;
  // Behind a relay the sender's address is the relay's.
  const peer = random.chance(0.3) ? '192.0.2.250' : `192.0.2.${number + 1}`;
  const wrong = random.chance(0.1);
  const sent: SentLine[] = [];
  let [counter, sequence] = [random.below(50_000), random.below(900_000)];
  for (let at = from + random.below(DAY); at < from + days * DAY; ) {
    const { bodies, everyMs, lines } = PHASES[random.pick(phases)];
    for (let line = random.below(lines) + 1; line > 0; line--) {
      at += 1 + random.below(everyMs);
      if (bodies.length === 0) continue;
      const body = random.pick(bodies).replace('FOC0000A1B2', serial);
      if (body === RESTART) [counter, sequence] = [0, 0];
      counter++;
      sequence++;
      const wrongStamp = wrong && random.chance(0.2);
      const stamp = stampOf(wrongStamp ? at + WRONG_BY_MS : at);
      const sequenceText = `${String(sequence).padStart(6, '0')}`;
      sent.push({
        at,
        device,
        peer,
        wrongStamp,
        line: `<187>${counter}: ${sequenceText}: ${device}: ${stamp}: ${body}`,
      });
    }
  }
  return sent;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** With year, zone and milliseconds, as `service timestamps log datetime msec show-timezone year` writes it. */
function stampOf(at: number): string {
  const iso = new Date(at).toISOString();
  return `${MONTHS[Number(iso.slice(5, 7)) - 1]} ${iso.slice(8, 10)} ${iso.slice(0, 4)} ${iso.slice(11, 23)} UTC`;
}
