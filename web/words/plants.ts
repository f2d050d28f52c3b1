/** Words about plants: how much is open, who is next, whose lines are missing. */
import { count } from './count.ts';

export const plants = {
  plant: 'Plant',
  noPlant: '(no plant)',
  noSuchPlant: 'No device is in a plant of this name.',
  plantListColumns: [
    'Plant',
    'Devices',
    'Open',
    'Recovering',
    'Affected',
    'Never heard',
    'Repair verified',
    'On a fixed release',
    'Next grace ends',
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
  pace: 'Pace',
  paceText: (needed: number, done: number, isSlow: boolean) =>
    `needed ${needed}/day · done ${done}/day in the last 7 days${isSlow ? ': too slow' : ''}`,
  withoutGrace: (n: number) =>
    `The end of grace is not known of ${count(n, 'open incident', 'open incidents')}: what is needed leaves them out.`,
  paceColumns: ['Day (UTC)', 'Open', 'Opened', 'Done'],
  assumed: '(assumed)',
  nextDevices: 'Next devices to repair',
  nextColumns: ['Device', 'Severity', 'State', 'Cause', 'Grace', 'Fixed in', 'What to do'],
  acknowledgeMany: 'Acknowledge them',
  csvOfNext: 'CSV of next devices',
  noneToRepair: 'No device has to be repaired now.',
  restInCsv: (n: number) => `The first ${n} are shown; the CSV has all.`,
  repairIs: { seen: 'a repair was seen', verifying: 'a repair is being verified', verified: 'a repair is verified' },
  commandCount: (n: number) => count(n, 'command', 'commands'),
  checkCount: (n: number) => count(n, 'check', 'checks'),
};
