/** All dashboards, by the names of their files. */
import { fileURLToPath } from 'node:url';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { device } from './device.ts';
import { fleet } from './fleet.ts';
import { pipeline } from './pipeline.ts';
import { plant } from './plant.ts';

const BUILDERS = { fleet, plant, device, pipeline };
export type DashboardName = keyof typeof BUILDERS;
export const dashboardNames = Object.keys(BUILDERS) as DashboardName[];

/** The dashboard as in its file: plain JSON, without the functions of the builders. */
export function dashboardOf(name: DashboardName): Dashboard {
  return JSON.parse(JSON.stringify(BUILDERS[name]())) as Dashboard;
}

export function fileOf(name: DashboardName): string {
  return fileURLToPath(new URL(`../dashboards/${name}.json`, import.meta.url));
}
