import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import { temporaryDirectory } from '../given.ts';

t.test(
  'loadConfig() takes flags before the environment, that before the file, and that before the defaults',
  async (t) => {
    const file = join(temporaryDirectory(t), 'config.yaml');
    writeFileSync(file, 'syslog: { udp: "127.0.0.1:1001" }\n');
    const environment = { QUOVADIS_SYSLOG_UDP: '127.0.0.1:1002' };
    const flags = { 'syslog.udp': '127.0.0.1:1003' };
    const rows = [
      ['nothing is said', { environment: {}, flags: {} }, '0.0.0.0:5514'],
      ['the file', { file, environment: {}, flags: {} }, '127.0.0.1:1001'],
      ['the environment', { file, environment, flags: {} }, '127.0.0.1:1002'],
      ['a flag', { file, environment, flags }, '127.0.0.1:1003'],
      ['a flag that says off', { file, environment, flags: { 'syslog.udp': null } }, null],
    ] as const;
    for (const [why, sources, expected] of rows) {
      const { syslog } = loadConfig(sources);
      t.equal(syslog.udp, expected, why);
      t.equal(syslog.tcp, '0.0.0.0:5514', `${why}: what is not said stays`);
    }
  },
);
