/** The requests that are measured, as a row each. One that the service does not know yet is shown with its status. */
export type Subject = { readonly key: string; readonly incident: string; readonly plant: string };

/** `atMost`: milliseconds at the 99th percentile, idle. `holds`: `any` if the answer may hold the event loop for longer. */
export type Kind = {
  readonly name: string;
  readonly path: (subject: Subject) => string;
  readonly atMost: number;
  readonly holds?: 'any';
};

const API = '/api/v1';
/** One thing, or a page of a list. */
const ONE_MS = 50;
/** What is counted over the fleet. */
const FLEET_MS = 100;
const SCRAPE_MS = 700;

const one = (name: string, path: (subject: Subject) => string): Kind => ({
  name,
  path: (of) => API + path(of),
  atMost: ONE_MS,
});
const fleet = (name: string, path: (subject: Subject) => string): Kind => ({
  name,
  path: (of) => API + path(of),
  atMost: FLEET_MS,
});

export const kinds: readonly Kind[] = [
  one('incident', ({ incident }) => `/incidents/${encodeURIComponent(incident)}`),
  one('device with hypotheses', ({ key }) => `/devices/${key}`),
  one('100 incidents', () => '/incidents?limit=100'),
  one('100 open incidents by severity', () => '/incidents?limit=100&state=open&sort=-severity'),
  one('100 incidents of a plant, last changed', ({ plant }) => `/incidents?limit=100&plant=${plant}&sort=-changedAt`),
  one('100 incidents by grace', () => '/incidents?limit=100&state=open&sort=graceUntil'),
  one('100 incidents by a text', ({ key }) => `/incidents?limit=100&q=${key.slice(0, -1)}`),
  one('100 devices', () => '/devices?limit=100'),
  one('100 devices of a plant', ({ plant }) => `/devices?limit=100&plant=${plant}`),
  one('100 devices by condition', () => '/devices?limit=100&condition=confirmed'),
  one('100 devices by a text', ({ key }) => `/devices?limit=100&q=${key.slice(0, -1)}`),
  one('timeline of a device', ({ key }) => `/devices/${key}/timeline`),
  one('timeline of an incident', ({ incident }) => `/incidents/${encodeURIComponent(incident)}/timeline`),
  one('history', () => '/fleet/history'),
  one('history of a plant', ({ plant }) => `/fleet/history?plant=${plant}`),
  one('messages', () => '/messages?limit=100'),
  fleet('facets of incidents', () => '/incidents/facets'),
  fleet('facets of open incidents of a plant', ({ plant }) => `/incidents/facets?state=open&plant=${plant}`),
  fleet('facets of devices', () => '/devices/facets'),
  fleet('fleet', () => '/fleet'),
  fleet('grace', () => '/fleet/grace'),
  fleet('plant', ({ plant }) => `/plants/${plant}`),
  fleet('next 50', () => '/fleet/next?limit=50'),
  fleet('search', ({ key }) => `/search?q=${key.slice(-4)}`),
  { name: 'metrics', path: () => '/metrics', atMost: FLEET_MS },
  { name: 'metrics of devices', path: () => '/metrics/devices', atMost: SCRAPE_MS, holds: 'any' },
];
