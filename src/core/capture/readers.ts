import { readCertificates } from './certificates.ts';
import { readClockSection } from './clock.ts';
import type { SectionKind } from './fact.ts';
import { readInventory } from './inventory-section.ts';
import { readLicense } from './license.ts';
import { readEventlog } from './license-eventlog.ts';
import { readHistory } from './license-history.ts';
import { readLogging } from './logging.ts';
import { readNtp } from './ntp.ts';
import type { SectionReader } from './reading.ts';
import { readRunningConfig } from './running-config.ts';
import { readTrustpoolSection } from './trustpool-section.ts';
import { readVersion } from './version.ts';

export const readers: Readonly<Record<Exclude<SectionKind, 'unknown'>, SectionReader>> = {
  'license-all': readLicense,
  'license-status': readLicense,
  'license-summary': readLicense,
  'license-tech': readLicense,
  'license-usage': readLicense,
  'license-udi': readLicense,
  'license-eventlog': readEventlog,
  'license-history': readHistory,
  trustpool: readTrustpoolSection,
  certificates: readCertificates,
  version: readVersion,
  clock: readClockSection,
  'ntp-status': readNtp,
  inventory: readInventory,
  'running-config': readRunningConfig,
  logging: readLogging,
};
