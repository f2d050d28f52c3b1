import type { ProcessReading } from '../../src/telemetry/readings.ts';

/** For tests that do not look at the metrics of the process. */
export const anyProcess: ProcessReading = {
  build: { version: '1.2.3', node: 'v24.0.0', advisory: 'any/1' },
  certificates: [{ key: 'syslog.tls.cert', until: 1000 }],
  descriptors: {},
  heap: { live: 0, limit: 1 },
  console: 'https://monitor.example.net',
};
