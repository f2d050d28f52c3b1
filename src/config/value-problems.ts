/** What the schema of the configuration cannot check. */
import { isIPv4, isIPv6 } from 'node:net';
import { zoneOffsetOf } from '../core/decode/zone-offset.ts';
import { parseDuration } from '../core/model/duration.ts';
import { readDatabaseUrl } from '../database-url.ts';
import { isText, isTree, textsOf, valueAt } from './any-value.ts';
import { durationProblems, judgingProblems, retentionBounds } from './durations.ts';
import { type Problem, problemAt, shown } from './problem.ts';
import { ADDRESS, configKeys } from './schema.ts';
import { formAt } from './settings.ts';
import { tokenProblems } from './tokens.ts';

const NETWORKS = ['syslog.allow', 'syslog.relays', 'syslog.proxy'];
const SECURED = ['syslog.tls', 'syslog.relp'];

/** The problems of any value: each check skips what has not the type that it needs, which the schema reports. */
export function valueProblems(config: unknown): Problem[] {
  return CHECKS.flatMap((check) => check(config));
}

const CHECKS: readonly ((config: unknown) => Problem[])[] = [
  (config) => configKeys.filter(isAddressKey).flatMap((path) => addressProblems(path, valueAt(config, path))),
  (config) => zoneProblems('syslog.zone', valueAt(config, 'syslog.zone')),
  (config) => judgingProblems((path) => (path.startsWith('correlation.') ? valueAt(config, path) : undefined)),
  retentionProblems,
  storeProblems,
  instanceProblems,
  (config) => NETWORKS.flatMap((path) => networkProblems(path, valueAt(config, path))),
  tokenProblems,
  (config) => SECURED.flatMap((path) => peerProblems(path, valueAt(config, path))),
  (config) => relpProblems('syslog.relp', valueAt(config, 'syslog.relp')),
];

function isAddressKey(path: string): boolean {
  const form = formAt(path);
  return [form, ...(form.anyOf ?? [])].some(({ pattern }) => pattern === ADDRESS);
}

function addressProblems(path: string, text: unknown): Problem[] {
  const [, host = '', port = ''] = isText(text) ? (/^(.*):(\d+)$/.exec(text) ?? []) : [];
  if (port === '') return [];
  const problems: Problem[] = [];
  if (Number(port) > 65_535) problems.push(problemAt(path, `the port is above 65535 in ${shown(text)}`));
  const isSix = host.startsWith('[') && host.endsWith(']');
  if (isSix && !isIPv6(host.slice(1, -1))) problems.push(problemAt(path, `${shown(host)} is not an IPv6 address`));
  if (/^[\d.]+$/.test(host) && !isIPv4(host)) problems.push(problemAt(path, `${shown(host)} is not an IPv4 address`));
  return problems;
}

function zoneProblems(path: string, zone: unknown): Problem[] {
  if (!isText(zone) || zoneOffsetOf(zone) !== null) return [];
  return [problemAt(path, `${shown(zone)} is not a time zone; use UTC, +01:00 or a name like Europe/Berlin`)];
}

/** The password of the role is not here, as this file is printed and copied; pg_dump makes backups of PostgreSQL. */
function storeProblems(config: unknown): Problem[] {
  const store = valueAt(config, 'store');
  if (!isText(store)) return [];
  const read = readDatabaseUrl(store);
  const problems = 'problems' in read ? read.problems.map((words) => problemAt('store', words)) : [];
  if (isText(valueAt(config, 'backup.directory')))
    problems.push(problemAt('backup.directory', 'makes copies of quovadis.db only: for PostgreSQL use pg_dump'));
  return problems;
}

/** Names that commands have as instances, and moves. */
const OWN_NAMES = /^(command( .*)?|a move at work)$/;

function instanceProblems(config: unknown): Problem[] {
  const instance = valueAt(config, 'instance');
  if (!isText(instance) || !OWN_NAMES.test(instance)) return [];
  return [problemAt('instance', `${shown(instance)} is a name that commands of this program have: take another one`)];
}

function retentionProblems(config: unknown): Problem[] {
  return Object.entries(retentionBounds).flatMap(([path, bounds]) => {
    const text = valueAt(config, path);
    return isText(text) && parseDuration(text) !== null ? durationProblems(path, text, bounds) : [];
  });
}

function networkProblems(path: string, networks: unknown): Problem[] {
  return textsOf(networks).flatMap(([index, network]) =>
    isNetwork(network)
      ? []
      : [problemAt(`${path}[${index}]`, `${shown(network)} is not a network; write it like 192.0.2.0/24`)],
  );
}

function isNetwork(text: string): boolean {
  const [ip = '', prefix, more] = text.split('/');
  const bits = isIPv4(ip) ? 32 : isIPv6(ip) ? 128 : -1;
  return (
    bits > 0 && more === undefined && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))
  );
}

/** `path`: of a listener with TLS. */
function peerProblems(path: string, listener: unknown): Problem[] {
  if (textsOf(valueAt(listener, 'peers')).length === 0 || valueAt(listener, 'clientCa') !== null) return [];
  return [problemAt(`${path}.peers`, `without ${path}.clientCa clients show no certificate; set clientCa`)];
}

/** RELP speaks TLS with a certificate and its key, and without both it does not. */
function relpProblems(path: string, relp: unknown): Problem[] {
  if (!isTree(relp)) return [];
  const has = (key: string) => isText(relp[key]);
  if (has('cert') !== has('key'))
    return [problemAt(`${path}.${has('cert') ? 'key' : 'cert'}`, 'missing; TLS needs cert and key')];
  if (!has('clientCa') || has('cert')) return [];
  return [problemAt(`${path}.clientCa`, 'clients show a certificate only with TLS; set cert and key')];
}
