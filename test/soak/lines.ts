import { BODIES } from '../given.ts';

/** Both are needed for an incident; each further line of them is evidence of it. */
const WORDS = [BODIES.callHome205, BODIES.commFailed];

/** So many lines of so many devices, in turn, a second apart for each device and up to now; each has a counter of its device. */
export function linesUpTo(now: number, count: number, devices: number): string[] {
  const rounds = Math.ceil(count / devices);
  return Array.from({ length: count }, (_, index) => {
    const [device, round] = [index % devices, Math.floor(index / devices)];
    return lineOf(`sw-${device}`, round + 1, now - (rounds - round) * 1000 + device);
  });
}

/** Two lines that make an incident of the device. */
export function incidentOf(device: string, now: number): string[] {
  return [lineOf(device, 1, now), lineOf(device, 2, now + 1)];
}

function lineOf(device: string, counter: number, at: number): string {
  const date = new Date(at);
  const month = date.toLocaleString('en', { month: 'short', timeZone: 'UTC' });
  const day = String(date.getUTCDate()).padStart(2);
  const time = date.toISOString().slice(11, 23);
  const body = WORDS[counter % WORDS.length];
  return `<187>${counter}: ${device}: ${month} ${day} ${date.getUTCFullYear()} ${time} UTC: ${body}\n`;
}
