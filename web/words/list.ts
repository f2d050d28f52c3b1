/** Words of lists, their filters, and the campaign. */
import { count } from './count.ts';

export const list = {
  filters: 'Filters',
  search: 'Search device, serial, address, id',
  csv: 'CSV',
  waiting: (n: number) => `${n.toLocaleString('en')} new or changed: show`,
  chooseRow: (device: string) => `Choose ${device}`,
  left: 'left the filter',
  acknowledged: 'acknowledged',
  notAcknowledged: 'not acknowledged',
  nothingMatches: 'Nothing matches the filters.',
  clearFilters: 'Clear filters',
  nothingHere: 'Nothing is on this page any more. Go to the first page.',
  neverHeard: 'No line was ever received. Point the syslog of a switch here.',
  noneOpen: 'No incident is open.',
  lastLine: 'The last line came',
  fromSenders: (n: number) => `${count(n, 'sender has', 'senders have')} sent lines in the last hour.`,
  whoWasHeard: 'See which devices are heard',
  /** Rows come and go while pages are turned: the last one may be beyond the total of now. */
  rowsOf: (first: number, last: number, total: number | undefined) => {
    const [from, to, all] = [first, last, total ?? 0].map((n) => n.toLocaleString('en'));
    return `${from}–${to}${last <= (total ?? 0) ? ` of ${all}` : ''}`;
  },
  isListed: 'listed',
  isNotListed: 'not listed',
  facets: {
    state: 'State',
    severity: 'Severity',
    plant: 'Plant',
    product: 'Product',
    release: 'Release',
    diagnosis: 'Cause',
    acknowledged: 'Acknowledged',
    condition: 'Condition',
    status: 'Release is',
    listed: 'Inventory',
  },
  columns: {
    severity: 'Severity',
    state: 'State',
    device: 'Device',
    plant: 'Plant',
    cause: 'Cause',
    opened: 'Opened',
    grace: 'Grace',
    by: 'By',
  },
  deviceColumns: ['Device', 'Condition', 'Plant', 'Product', 'Release', 'Last heard'],
  plantColumns: [...['Plant', 'Open', 'Critical', 'Major', 'Warning', 'Recovering'], ...['Fixed', 'Due next', 'Heard']],
  neverHeardOf: 'never',
  thisHour: 'in the last hour',
  notedAt: (at: string) => `noted at ${at}, and once an hour`,
  open: 'Open',
  /** `more`: open incidents, since the day before ended (UTC). */
  sinceYesterday: (more: number) =>
    more === 0
      ? 'as many as yesterday'
      : `${more < 0 ? '▼' : '▲'} ${Math.abs(more).toLocaleString('en')} ${more < 0 ? 'fewer' : 'more'} than yesterday`,
  plants: 'Plants',
  noPlants: 'No plant is known: import an inventory with the column plant.',
  noSuchPlant: 'No device is in a plant of this name.',
  morePlants: (n: number, open: number) =>
    `${n.toLocaleString('en')} more, with ${count(open, 'open incident', 'open incidents')}`,
  allPlants: 'All plants',
  otherPlants: (n: number) => count(n, 'other plant', 'other plants'),
  lastChanges: 'Last changes',
  noChanges: 'No incident has ever changed.',
};
