/**
 * How long it takes to bring a database over to another version of the advisory: `node bench/migration.ts [DEVICES]`.
 * Each device has one incident and five lines of evidence, as the lines of a fleet arrive: mixed, not device by device.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAdvisory, shippedAdvisory } from '../src/config/advisory-file.ts';
import type { Advisory } from '../src/core/advisory/advisory.ts';
import { liveTime } from '../src/core/read/event-time.ts';
import { bringOver, judgingAnew } from '../src/operate/bring-over.ts';
import { Pipeline } from '../src/pipeline/pipeline.ts';
import { openStore } from '../src/store/open-store.ts';
import { projectionOf } from '../src/store/projection.ts';

const T0 = Date.parse('2022-02-05T06:00:00Z');
const LINES_AT_ONCE = 2000;
const BODIES = [
  '%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: https://tools.cisco.com/its/service/oddce/services/DDCEService (ERR 205 : Request Aborted)',
  '%SMART_LIC-3-COMM_FAILED: Communications failure with the Cisco Smart Software Manager (CSSM) : Fail to send out Call Home HTTP message.',
  '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed Reason : Failed to select socket. Timeout : 5 (Connection timed out)',
  '%SMART_LIC-3-AUTH_RENEW_FAILED: Authorization renewal with the Cisco Smart Software Manager (CSSM) : Communication message send error for udi PID:IE-3300-8T2S,SN:',
  '%SMART_LIC-5-COMM_RESTORED: Communications with Cisco Smart Software Manager (CSSM) restored',
];

const devices = Number(process.argv[2] ?? 100_000);
const data = mkdtempSync(join(tmpdir(), 'quovadis-migration-'));
try {
  const advisory = await loadAdvisory(shippedAdvisory);
  await fill(data, formerVersionOf(advisory), devices);
  const store = await openStore(data, projectionOf(advisory), 'service');
  const started = { at: performance.now(), cpu: process.cpuUsage() };
  const judgeAnew = judgingAnew({ store, advisory, routes: [], now: () => T0 });
  const done = await bringOver(store, () => ({ advisory, judgeAnew }), {
    onSetAside: ({ key, why }) => process.stderr.write(`${key} is set aside: ${why}\n`),
  });
  const seconds = (performance.now() - started.at) / 1000;
  const { user, system } = process.cpuUsage(started.cpu);
  const mib = Math.round(statSync(join(data, 'quovadis.db')).size / 1024 / 1024);
  await store.close();
  process.stdout.write(
    `${done} devices in ${seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of CPU; the database has ${mib} MiB\n`,
  );
} finally {
  rmSync(data, { recursive: true, force: true });
}

/** The same messages with other weights, so that the meaning of lines and the states of incidents change. */
function formerVersionOf(advisory: Advisory): Advisory {
  const families = new Map(advisory.families);
  families.set('call-home', { weight: 4, proof: false, alone: true, server: null });
  return { ...advisory, families, name: `${advisory.id} version ${advisory.version - 1}` };
}

async function fill(data: string, advisory: Advisory, devices: number): Promise<void> {
  const store = await openStore(data, projectionOf(advisory), 'service');
  const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => 0 });
  for (const [hours, body] of BODIES.entries()) {
    const receivedAt = T0 + hours * 3_600_000;
    for (let from = 0; from < devices; from += LINES_AT_ONCE) {
      const frames = Array.from({ length: Math.min(LINES_AT_ONCE, devices - from) }, (_, index) => {
        const device = from + index;
        const serial = body.endsWith('SN:') ? `FOC${String(device).padStart(8, '0')}` : '';
        const bytes = Buffer.from(
          `<187>${hours}: sw-${device}: Feb  5 2022 ${String(6 + hours).padStart(2, '0')}:00:00.000 UTC: ${body}${serial}`,
        );
        const place = { start: 0, end: bytes.length, peer: null, transport: 'udp', truncated: false } as const;
        return { ...place, bytes, receivedAt };
      });
      await pipeline.run(frames, receivedAt);
    }
  }
  await store.close();
}
