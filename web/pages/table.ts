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
const Device = onDemand(async () => (await import('./device.ts')).Device);
const Devices = onDemand(async () => (await import('./devices.ts')).Devices);
const Health = onDemand(async () => (await import('./health.ts')).Health);
const Import = onDemand(async () => (await import('./import.ts')).Import);
const Login = onDemand(async () => (await import('./login.ts')).Login);
const Plant = onDemand(async () => (await import('./plant.ts')).Plant);
const Plants = onDemand(async () => (await import('./plants.ts')).Plants);
const Trustpool = onDemand(async () => (await import('./trustpool.ts')).Trustpool);
const Why = onDemand(async () => (await import('./why.ts')).Why);
const Unknown = onDemand(async () => (await import('./unknown.ts')).Unknown);

type Row = { readonly page: Page; readonly title: string; readonly inNavigation?: true };

/** By path; `*` is one name. */
const pages: Readonly<Record<string, Row>> = {
  '/': { page: Campaign, title: words.campaign, inNavigation: true },
  '/incidents': { page: Incidents, title: words.incidents, inNavigation: true },
  '/incidents/*': { page: Incident, title: words.incident },
  '/devices': { page: Devices, title: words.devices, inNavigation: true },
  '/devices/*': { page: Device, title: words.device },
  '/plants': { page: Plants, title: words.plants, inNavigation: true },
  // Devices without a plant.
  '/plants/': { page: Plant, title: words.plant },
  '/plants/*': { page: Plant, title: words.plant },
  '/import': { page: Import, title: words.import },
  '/trustpool': { page: Trustpool, title: words.trustpool },
  '/why': { page: Why, title: words.whyPage },
  '/accuracy': { page: Accuracy, title: words.accuracy, inNavigation: true },
  '/health': { page: Health, title: words.health, inNavigation: true },
  '/about': { page: About, title: words.about, inNavigation: true },
  '/login': { page: Login, title: words.login },
};

export const navigation = Object.entries(pages).flatMap(([path, { title, inNavigation }]) =>
  inNavigation === true ? [{ path, title }] : [],
);

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
