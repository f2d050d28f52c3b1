import { FleetSurvey } from '../fleet-survey.ts';
import { tasksCsv } from '../tasks-csv.ts';
import { operating } from './operating.ts';

/** The next devices to repair, as CSV. */
export async function nextCommand(options: {
  limit: number;
  plant?: string;
  config?: string;
  data?: string;
}): Promise<void> {
  const { plant, limit } = options;
  const tasks = await operating(options, ({ store, advisory }) =>
    new FleetSurvey(store, advisory, Date.now).tasks({ plant, limit }),
  );
  process.stdout.write(tasksCsv(tasks));
}
