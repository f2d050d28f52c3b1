/** Which page is at which path. A page that is not here is not in the navigation. */
import type { Page } from '../ui/app.ts';
import { onDemand } from '../ui/on-demand.ts';
import { words } from '../words/en.ts';
import { Campaign } from './campaign.ts';
import { Incident } from './incident.ts';
import { Incidents } from './incidents.ts';

/** Pages that the first view does not need. */
const About = onDemand(async () => (await import('./about.ts')).About);
const Accuracy = onDemand(async () => (await import('./accuracy.ts')).Accuracy);
const Advisory = onDemand(async () => (await import('./advisory.ts')).Advisory);
const Device = onDemand(async () => (await import('./device.ts')).Device);
const Devices = onDemand(async () => (await import('./devices.ts')).Devices);
const Health = onDemand(async () => (await import('./health.ts')).Health);
const Import = onDemand(async () => (await import('./import.ts')).Import);
const Login = onDemand(async () => (await import('./login.ts')).Login);
const Plant = onDemand(async () => (await import('./plant.ts')).Plant);
const Plants = onDemand(async () => (await import('./plants.ts')).Plants);
const Captures = onDemand(async () => (await import('./captures.ts')).Captures);
const Why = onDemand(async () => (await import('./why.ts')).Why);
const Messages = onDemand(async () => (await import('./messages.ts')).Messages);
const Unparsed = onDemand(async () => (await import('./unparsed.ts')).Unparsed);
const Notices = onDemand(async () => (await import('./notices.ts')).Notices);
const Unknown = onDemand(async () => (await import('./unknown.ts')).Unknown);

/** `place`: in the navigation, or behind its last entry. */
type Row = { readonly page: Page; readonly title: string; readonly place?: 'main' | 'more' };

/** By path; `*` is one name. */
const pages: Readonly<Record<string, Row>> = {
  '/': { page: Campaign, title: words.campaign, place: 'main' },
  '/incidents': { page: Incidents, title: words.incidents, place: 'main' },
  '/incidents/*': { page: Incident, title: words.incident },
  '/devices': { page: Devices, title: words.devices, place: 'main' },
  '/devices/*': { page: Device, title: words.device },
  '/plants': { page: Plants, title: words.plants, place: 'main' },
  // Devices without a plant.
  '/plants/': { page: Plant, title: words.plant },
  '/plants/*': { page: Plant, title: words.plant },
  '/messages': { page: Messages, title: words.messages, place: 'main' },
  '/messages/unparsed': { page: Unparsed, title: words.unparsed },
  '/notices': { page: Notices, title: words.notices, place: 'main' },
  '/advisory': { page: Advisory, title: words.advisory, place: 'more' },
  '/import': { page: Import, title: words.import, place: 'more' },
  '/trustpool': { page: Captures, title: words.captures, place: 'more' },
  '/why': { page: Why, title: words.whyPage, place: 'more' },
  '/accuracy': { page: Accuracy, title: words.accuracy, place: 'more' },
  '/health': { page: Health, title: words.health, place: 'main' },
  '/about': { page: About, title: words.about, place: 'more' },
  '/login': { page: Login, title: words.login },
};

export const navigation = (where: 'main' | 'more') =>
  Object.entries(pages).flatMap(([path, { title, place }]) => (place === where ? [{ path, title }] : []));

/** `name`: the name in the path, decoded; empty if there is none. */
export function pageAt(path: string): Row & { readonly name: string } {
  const exact = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (exact !== undefined) return { ...exact, name: '' };
  const [, folder = '', name = '', ...more] = path.split('/');
  const row = more.length === 0 && name !== '' ? pages[`/${folder}/*`] : undefined;
  return row === undefined ? { page: Unknown, title: words.unknownPage, name: '' } : { ...row, name: decoded(name) };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
