/** Writes the dashboards as JSON files for Grafana. With `--check` it only reports which files are stale. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { dashboardNames, dashboardOf, fileOf } from './src/dashboards.ts';

const check = process.argv.includes('--check');
for (const name of dashboardNames) {
  const file = fileOf(name);
  const dashboard = dashboardOf(name);
  if (!check) writeFileSync(file, `${JSON.stringify(dashboard, null, 2)}\n`);
  else if (!same(file, dashboard)) {
    process.stderr.write(
      `deploy/grafana/dashboards/${basename(file)} is stale: run "npm run dashboards" and commit the result\n`,
    );
    process.exitCode = 1;
  }
}

/** Compares the contents, independent of the layout of the JSON file. */
function same(file: string, dashboard: object): boolean {
  return existsSync(file) && JSON.stringify(JSON.parse(readFileSync(file, 'utf8'))) === JSON.stringify(dashboard);
}
