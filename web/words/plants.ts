/** Words about plants: how much is open, who is next, whose lines are missing. */
import { count } from './count.ts';

export const plants = {
  /** In place of a severity: there is no incident. */
  byCapture: 'by a capture',
  noPlant: '(no plant)',
  plantListColumns: [
    'Plant',
    'Open',
    'Critical',
    'Major',
    'Warning',
    'Recovering',
    'On a fixed release',
    'Next grace ends',
    'Last heard',
    'Devices',
  ],
  graceOverCount: (n: number) => `${n.toLocaleString('en')} over ·`,
  itsDevices: 'Its devices',
  affectedDevices: 'On an affected release',
  fixedDevices: 'On a fixed release',
  unheardDevices: 'Listed, never heard',
  levelTooLowDevices: 'Cannot show a recovery',
  repairs: 'Repairs',
  repairCounts: (seen: number, verifying: number, verified: number) =>
    `${seen} seen · ${verifying} being verified · ${verified} verified`,
  lastHeardHour: 'Last heard, by the hour',
  completeness: 'Lines that arrived',
  noLoss: 'no line is known to be missing',
  sendersWithLoss: 'Senders of which lines are missing',
  lossColumns: ['Sender', 'Received', 'Lost', 'Dropped here', 'Last heard'],
  nextDevices: 'Next devices to repair',
  nextColumns: ['Device', 'Severity', 'State', 'Cause', 'Grace', 'Fixed in', 'What to do'],
  csvOfNext: 'CSV of next devices',
  noneToRepair: 'No device has to be repaired now.',
  restInCsv: (n: number) => `The first ${n} are shown; the CSV has all.`,
  repairIs: { seen: 'a repair was seen', verifying: 'a repair is being verified', verified: 'a repair is verified' },
  commandCount: (n: number) => count(n, 'command', 'commands'),
  checkCount: (n: number) => count(n, 'check', 'checks'),
};
