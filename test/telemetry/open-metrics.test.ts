import t from 'tap';
import type { DeviceChange } from '../../src/core/correlate/correlated.ts';
import { asksForOpenMetrics, openMetricsText } from '../../src/telemetry/open-metrics.ts';
import { serving } from '../serve/served-store.ts';

t.test(
  'asksForOpenMetrics() goes by the weights of Accept, and prefers the text format where it is not named',
  async (t) => {
    const rows: readonly (readonly [accept: string | undefined, open: boolean])[] = [
      [undefined, false],
      ['', false],
      ['*/*', false],
      ['text/plain', false],
      ['application/openmetrics-text', true],
      ['application/openmetrics-text; version=1.0.0; charset=utf-8', true],
      ['application/openmetrics-text;version=0.0.1', false],
      ['application/openmetrics-text;q=0', false],
      ['application/openmetrics-text;q=x', false],
      ['text/plain;q=0.9, application/openmetrics-text;q=0.8', false],
      // Prometheus 2 and 3.
      [
        'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
        true,
      ],
      [
        'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5,*/*;q=0.2',
        true,
      ],
      [
        'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;q=0.7, application/openmetrics-text ; Q=0.6',
        true,
      ],
    ];
    for (const [accept, open] of rows) t.equal(asksForOpenMetrics(accept), open, accept ?? 'no header');
  },
);

t.test(
  'GET metrics has the same samples as OpenMetrics, and the last incident of each change as an exemplar',
  async (t) => {
    const { server, metrics } = serving(t);
    const http = await server.build();
    const change = (device: string, ordinal = 1) =>
      ({
        type: 'IncidentSuspected',
        device,
        ordinal,
        from: null,
        to: 'suspected',
        severity: 'warning',
      }) as DeviceChange;
    metrics.onChanges([change('sw-a'), change('sw-"b\\'), change('x'.repeat(200))]);
    const plain = (await http.inject('/metrics')).body;
    const answer = await http.inject({ url: '/metrics', headers: { accept: 'application/openmetrics-text' } });
    t.match(answer.headers, { 'content-type': /^application\/openmetrics-text; version=1\.0\.0/, vary: /accept/ });
    t.ok(answer.body.endsWith('\n# EOF\n'));
    t.notMatch(answer.body, /\n\n/, 'no empty line');
    const samples = (text: string) =>
      text
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#') && !/^(process|nodejs)_/.test(line))
        .map((line) => line.replace(/ # \{.*/, ''));
    t.strictSame(samples(answer.body), samples(plain));
    t.match(
      answer.body,
      /^quovadis_incident_transitions_total\{to="suspected"\} 3 # \{incident="qv-sw-\\"b\\\\-1"\} 1 \d+\.?\d*$/m,
      'the one that is too long is none',
    );
    t.match(answer.body, /^# TYPE quovadis_incident_transitions counter$/m);
    t.equal((await http.inject('/metrics')).body.includes('# TYPE quovadis_incident_transitions_total counter'), true);
    const devices = await http.inject({ url: '/metrics/devices', headers: { accept: 'application/openmetrics-text' } });
    t.match(devices.body, /^# HELP [\s\S]*# EOF\n$/);
    t.match(openMetricsText([], new Map()), '# EOF\n');
  },
);
