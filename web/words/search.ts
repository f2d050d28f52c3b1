/** Words of the search over everything. */
import { count } from './count.ts';

export const search = {
  search: 'Search',
  field: 'Search incidents, devices and plants',
  hint: 'The beginning of a name, serial number, address or id; of a plant, any part. Arrow keys choose, Enter opens, Esc closes.',
  incidents: 'Incidents',
  devices: 'Devices',
  plants: 'Plants',
  found: (incidents: number, devices: number, plants: number) =>
    [
      count(incidents, 'incident', 'incidents'),
      count(devices, 'device', 'devices'),
      count(plants, 'plant', 'plants'),
    ].join(', '),
  nothing: 'Nothing is found. Names, serial numbers, addresses and ids are searched from their beginning.',
  best: 'The first eight of each kind are shown.',
  allIncidents: 'All incidents like this',
  allDevices: 'All devices like this',
  deviceCount: (n: number) => count(n, 'device', 'devices'),
  close: 'Close',
};
