/** rsyslog sends over RELP while the service is killed and stopped: every line is in the store, and none twice. */
import { existsSync } from 'node:fs';
import t from 'tap';
import { missing } from '../missing.ts';
import { Random } from '../simulation/random.ts';
import { relpKills } from '../soak/relp-kills.ts';

const folders = ['/usr/lib/rsyslog', '/usr/lib/x86_64-linux-gnu/rsyslog', '/usr/lib/aarch64-linux-gnu/rsyslog'];
const skip =
  missing('rsyslogd', 'rsyslog') ||
  (folders.some((folder) => existsSync(`${folder}/omrelp.so`))
    ? false
    : 'omrelp is not installed (Debian package rsyslog-relp)');
const seed = Number(process.env['SEED'] ?? 2514);

t.test('rsyslog over RELP: kills and stops lose no line, and store none twice', { skip }, async (t) => {
  t.comment(`seed ${seed}`);
  const result = await relpKills(t, { lines: 6000, devices: 60, kills: 3, stops: 1, random: new Random(seed) });
  t.comment(JSON.stringify(result));
  t.same(result.problems, []);
});
