/** Writes the dashboards as JSON files for Grafana. With `--check` it only reports which files are stale. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { dashboardNames, dashboardOf, fileOf } from './src/dashboards.ts';

const check = process.argv.includes('--check');
for (const name of dashboardNames) {
  const file = fileOf(name);
  const content = `${JSON.stringify(dashboardOf(name), null, 2)}\n`;
  if (!check) writeFileSync(file, content);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== content) {
    process.stderr.write(
      `deploy/grafana/dashboards/${basename(file)} is stale: run "npm run dashboards" and commit the result\n`,
    );
    process.exitCode = 1;
  }
}
