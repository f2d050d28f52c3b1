/**
 * A process with a service whose devices all have a confirmed incident, and a monitor of its event loop. The arguments are
 * a directory and the number of devices. The process reports the ports on which the service listens. At the message
 * `watch` it starts the monitor and answers `{}`; at `held` it answers by how much a timer of one millisecond was late at
 * most since `watch`.
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { startService } from '../src/app.ts';
import { loadAdvisory, shippedAdvisory } from '../src/config/advisory-file.ts';
import { defaults } from '../src/config/schema.ts';
import type { Frame } from '../src/core/model/message.ts';
import { liveTime } from '../src/core/read/event-time.ts';
import { Pipeline } from '../src/pipeline/pipeline.ts';
import { projectionOf } from '../src/store/projection.ts';
import { openDatabase } from '../src/store/sqlite/open.ts';
import { SqliteStore } from '../src/store/sqlite/store.ts';
import { openLog } from '../src/telemetry/log.ts';

const BODIES = [
  '%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: https://tools.cisco.com/its/service/oddce/services/DDCEService (ERR 205 : Request Aborted)',
  '%SMART_LIC-3-COMM_FAILED: Communications failure with the Cisco Smart Software Manager (CSSM) : Fail to send out Call Home HTTP message.',
  '%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed Reason : Failed to select socket. Timeout : 5 (Connection timed out)',
];
const BATCH_DEVICES = 500;

const [, , directory = '', count = ''] = process.argv;
const devices = Number(count);
await fill();
const service = await startService(
  {
    ...defaults,
    data: directory,
    syslog: { ...defaults.syslog, udp: '127.0.0.1:0', tcp: null },
    http: { ...defaults.http, listen: '127.0.0.1:0' },
  },
  openLog('silent'),
);
const delay = monitorEventLoopDelay({ resolution: 1 });
process.on('message', (message) => {
  if (message === 'watch') {
    delay.reset();
    delay.enable();
    process.send?.({});
  } else {
    delay.disable();
    process.send?.({ held: delay.max / 1e6 });
  }
});
process.on('disconnect', () => service.stop());
process.on('SIGTERM', () => process.disconnect());
process.send?.({ udp: service.addresses.udp?.port, http: service.addresses.http?.port });

async function fill(): Promise<void> {
  const advisory = await loadAdvisory(shippedAdvisory);
  const store = new SqliteStore(openDatabase(directory), projectionOf(advisory));
  const pipeline = new Pipeline({ store, advisory, time: liveTime(() => 0), clock: () => performance.now() / 1000 });
  const now = Date.now();
  for (let from = 0; from < devices; from += BATCH_DEVICES) {
    const frames: Frame[] = [];
    for (let device = from; device < Math.min(devices, from + BATCH_DEVICES); device++) {
      for (const [index, body] of BODIES.entries()) {
        const bytes = Buffer.from(`<187>${index + 1}: incident-${device}: ${body}`);
        const [end, transport, truncated] = [bytes.length, 'udp', false] as const;
        frames.push({ bytes, start: 0, end, peer: null, transport, receivedAt: now, truncated });
      }
    }
    await pipeline.run(frames, now);
  }
  await store.close();
}
