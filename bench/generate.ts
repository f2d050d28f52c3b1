/** Seeded syslog files: ordinary Cisco chatter with a share of licensing failures, for the head-to-heads. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

export type Mix = { readonly lines: number; readonly share: number; readonly devices: number; readonly seed: number };

const FAILURES: readonly string[] = [
  '%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: https://tools.cisco.com/its/service/oddce/services/DDCEService (ERR 205 : Request Aborted)',
  '%SMART_LIC-3-COMM_FAILED: Communications failure with the Cisco Smart Software Manager (CSSM) : Fail to send out Call Home HTTP message.',
  '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed Reason : Failed to select socket. Timeout : 5 (Connection timed out)',
  '%SMART_LIC-3-AUTH_RENEW_FAILED: Authorization renewal with the Cisco Smart Software Manager (CSSM) : Communication message send error for udi PID:IE-3300-8T2S,SN:FOC0000A1B2',
];

const CHATTER: readonly string[] = [
  '%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet1/3, changed state to up',
  '%LINK-3-UPDOWN: Interface GigabitEthernet1/7, changed state to down',
  '%SYS-5-CONFIG_I: Configured from console by operator on vty0 (192.0.2.44)',
  '%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: operator] [Source: 192.0.2.44] [localport: 22] at 06:00:00 UTC Tue Mar 1 2022',
  '%SEC-6-IPACCESSLOGP: list PLANT-IN denied tcp 198.51.100.7(55244) -> 192.0.2.80(44818), 1 packet',
  '%MAB-5-FAIL: Authentication failed for client (0000.5e00.5301) on Interface GigabitEthernet1/5 AuditSessionID C0000201000000A1',
];

/** Writes a file of a mix; the same seed gives the same bytes. Times run through one day. */
export async function writeMix(file: string, { lines, share, devices, seed }: Mix): Promise<void> {
  const chance = mulberry32(seed);
  const pick = (list: readonly string[]) => list[Math.floor(chance() * list.length)] as string;
  const out = createWriteStream(file);
  let block = '';
  for (let index = 0; index < lines; index++) {
    const device = String(Math.floor(chance() * devices)).padStart(4, '0');
    const time = new Date(Math.floor((index / lines) * 86_400_000)).toISOString().slice(11, 23);
    const body = chance() < share ? pick(FAILURES) : pick(CHATTER);
    block += `<189>${index % 100_000}: sw-${device}.example.net: Mar  1 2022 ${time} UTC: ${body}\n`;
    if (block.length < 1 << 20) continue;
    if (!out.write(block)) await once(out, 'drain');
    block = '';
  }
  out.end(block);
  await once(out, 'finish');
}

/** A small generator of numbers in [0, 1) with a seed. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
