import { FleetReport } from '../operate/fleet-report.ts';
import { tasksCsv } from '../operate/repair-tasks-csv.ts';
import { operating } from './open-data.ts';
import { print } from './output.ts';

/** Prints the next devices to repair, as CSV. */
export async function nextCommand(options: {
  limit: number;
  plant?: string;
  config?: string;
  data?: string;
}): Promise<void> {
  const { plant, limit } = options;
  const tasks = await operating(
    options,
    ({ store, advisory }) => new FleetReport(store, advisory, Date.now).tasks({ plant, limit }),
    { unjudged: 'refuse' },
  );
  // The lines of the file end as the lines of the terminal do.
  print(tasksCsv(tasks).replaceAll('\r\n', '\n'));
}
