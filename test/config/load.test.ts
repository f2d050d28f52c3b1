import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { advisoryOf } from '../../src/config/advisory-file.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Settings } from '../../src/config/settings.ts';
import { advisory, DAY, HOUR, temporaryDirectory } from '../given.ts';

t.test('loadConfig() lets flags override the environment, and the environment the file', async (t) => {
  const file = join(temporaryDirectory(t), 'config.yaml');
  const load = (yaml: string, environment: NodeJS.ProcessEnv, flags: Settings) => {
    writeFileSync(file, yaml);
    const { data, syslog, log } = loadConfig({ file, environment, flags });
    return [data, syslog.udp, log.level];
  };
  const yaml = 'data: of-file\nsyslog: { udp: "192.0.2.1:1" }\n';
  const environment = { QUOVADIS_DATA: 'of-environment', QUOVADIS_SYSLOG_UDP: '192.0.2.2:2' };
  const rows: readonly (readonly [why: string, sources: Parameters<typeof load>, expected: unknown[]])[] = [
    ['defaults', ['', {}, {}], ['./data', '0.0.0.0:5514', 'info']],
    ['the file', [yaml, {}, {}], ['of-file', '192.0.2.1:1', 'info']],
    ['the environment', [yaml, environment, {}], ['of-environment', '192.0.2.2:2', 'info']],
    ['a flag', [yaml, environment, { data: 'of-flag' }], ['of-flag', '192.0.2.2:2', 'info']],
    ['a flag over the file', [yaml, {}, { 'syslog.udp': '192.0.2.3:3' }], ['of-file', '192.0.2.3:3', 'info']],
    ['the environment switches off', [yaml, { QUOVADIS_SYSLOG_UDP: 'off' }, {}], ['of-file', null, 'info']],
    ['a flag switches off', [yaml, environment, { 'syslog.udp': 'off' }], ['of-environment', null, 'info']],
    [
      'each source sets another key',
      [yaml, { QUOVADIS_LOG_LEVEL: 'warn' }, { data: 'x' }],
      ['x', '192.0.2.1:1', 'warn'],
    ],
  ];
  for (const [why, sources, expected] of rows) t.strictSame(load(...sources), expected, why);
});

t.test('advisoryOf() takes each duration from the configuration, or else from the advisory', async (t) => {
  const of = async (correlation: Record<string, string>) => {
    const flags = Object.entries(correlation).map(([key, text]) => [`correlation.${key}`, text]);
    return (await advisoryOf(loadConfig({ environment: {}, flags: Object.fromEntries(flags) }))).correlation;
  };
  const shipped = {
    windowMs: 7 * DAY,
    latenessMs: 48 * HOUR,
    holdTimeMs: HOUR,
    staleAfterMs: 35 * DAY,
    stateSuspectsAfterMs: 3 * DAY,
    confirmAfterMs: 12 * HOUR,
    serverMovedAfterMs: DAY,
    reopenWithinMs: DAY,
    reopenUnrepairedWithinMs: 7 * DAY,
  };
  t.strictSame(advisory.correlation, shipped);
  const short = { window: '2h', lateness: '2h', confirmAfter: '1h', staleAfter: '4h', stateSuspectsAfter: '3h' };
  const shortMs = {
    ...{ windowMs: 2 * HOUR, latenessMs: 2 * HOUR, confirmAfterMs: HOUR },
    ...{ staleAfterMs: 4 * HOUR, stateSuspectsAfterMs: 3 * HOUR },
  };
  const rows: readonly (readonly [
    why: string,
    correlation: Record<string, string>,
    differs: Partial<typeof shipped>,
  ])[] = [
    ['none', {}, {}],
    ['window', { window: '72h' }, { windowMs: 72 * HOUR }],
    ['a window that is shorter than the lateness', { window: '24h' }, { windowMs: DAY, latenessMs: DAY }],
    ['a rule that comes too late', { staleAfter: '1h' }, { staleAfterMs: HOUR }],
    ['holdTime', { holdTime: '90m' }, { holdTimeMs: 1.5 * HOUR }],
    ['staleAfter', { staleAfter: '6w' }, { staleAfterMs: 42 * DAY }],
    ['staleAfter, of two parts', { staleAfter: '1w1d' }, { staleAfterMs: 8 * DAY }],
    ['lateness', { lateness: '12h' }, { latenessMs: 12 * HOUR }],
    ['stateSuspectsAfter', { stateSuspectsAfter: '5d' }, { stateSuspectsAfterMs: 5 * DAY }],
    ['confirmAfter', { confirmAfter: '6h' }, { confirmAfterMs: 6 * HOUR }],
    ['serverMovedAfter', { serverMovedAfter: '2d' }, { serverMovedAfterMs: 2 * DAY }],
    ['reopenUnrepairedWithin', { reopenUnrepairedWithin: '3d' }, { reopenUnrepairedWithinMs: 3 * DAY }],
    ['reopenWithin', { reopenWithin: '36h' }, { reopenWithinMs: 36 * HOUR }],
    [
      'all',
      { ...short, holdTime: '3h', reopenWithin: '5h' },
      { ...shortMs, holdTimeMs: 3 * HOUR, reopenWithinMs: 5 * HOUR },
    ],
  ];
  for (const [why, correlation, differs] of rows) t.strictSame(await of(correlation), { ...shipped, ...differs }, why);
  const wrong: readonly (readonly [key: string, limit: string, correlation: Record<string, string>])[] = [
    ['lateness', 'window', { lateness: '8d' }],
    ['confirmAfter', 'window', { confirmAfter: '7d' }],
    ['stateSuspectsAfter', 'staleAfter', { stateSuspectsAfter: '35d' }],
  ];
  for (const [key, limit, correlation] of wrong) {
    const message = new RegExp(`correlation\\.${key}: must be .* correlation\\.${limit}, not \\d+d \\(what`);
    await t.rejects(of(correlation), { code: 'QVW_CONFIG_INVALID', message });
  }
});
