/** A service that real syslog has reached, for the console. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Clock } from '../../src/clock-watch.ts';
import { openSender } from '../../src/commands/send.ts';
import { type Config, defaults } from '../../src/config/schema.ts';
import { child, incidentsOf, type Running, running, until } from '../app/running.ts';
import { BODIES, temporaryDirectory } from '../given.ts';

/** A name that breaks what takes it for HTML, for a text in one direction, or for a formula. */
export const HOSTILE = '<img src=x onerror=alert(1)>\u202e=cmd';

export type Devices = {
  /** Sends a line of a device. */
  readonly say: (device: string, body: string) => Promise<void>;
  /** Sends the two failures that make a suspicion. */
  readonly fail: (device: string) => Promise<void>;
};

export type Failing = Running & Devices;

/** Devices that send their lines to this address. */
export async function devicesAt(t: Pick<Test, 'teardown'>, address: { host: string; port: number }): Promise<Devices> {
  const sender = await openSender('tcp', address);
  t.teardown(() => sender.close());
  let number = 12;
  const say = (device: string, body: string) =>
    sender.line(Buffer.from(`<187>${number++}: ${device}: Mar  1 18:46:11.12${number % 10}: ${body}`));
  const fail = async (device: string) => {
    await say(device, BODIES.callHome205);
    await say(device, BODIES.commFailed);
  };
  return { say, fail };
}

type Tokens = { readonly readTokens?: string[]; readonly writeTokens?: string[] };

/** The device sw-a has told its failure, in a plant with a hostile name. */
export async function failing(
  t: Test,
  tokens: Tokens = {},
  over: Partial<Config> = {},
  clock?: Clock,
): Promise<Failing> {
  const http = { ...defaults.http, ...over.http, listen: '127.0.0.1:0', ...tokens };
  const service = await running(t, { ...over, http }, clock);
  const bearer = tokens.writeTokens === undefined ? {} : { authorization: `Bearer ${tokens.writeTokens[0]}` };
  const listed = await fetch(`${service.api}/api/v1/inventory`, {
    ...{ method: 'POST', headers: { ...bearer, 'content-type': 'application/json' } },
    body: JSON.stringify([{ hostname: 'sw-a', plant: HOSTILE, release: '17.3.3', pid: 'IE-3300-8T2S' }]),
  });
  t.equal(listed.status, 200);
  const { say, fail } = await devicesAt(t, service.addresses.tcp as { host: string; port: number });
  await fail('sw-a');
  if (tokens.readTokens === undefined)
    await until(
      () => incidentsOf(service.api),
      (incidents) => incidents.length > 0,
    );
  return { ...service, say, fail };
}

/** Sends an inventory as CSV. */
export async function list(api: string, csv: string): Promise<void> {
  const headers = { 'content-type': 'text/csv' };
  const answer = await fetch(`${api}/api/v1/inventory`, { method: 'POST', headers, body: csv });
  if (!answer.ok) throw new Error(await answer.text());
}

/** A service as a process, with tokens from a file, and the device sw-a that has failed. `configure`: makes another token the one for writing. */
export async function withTokensOfFile(t: Test) {
  const file = join(temporaryDirectory(t), 'quovadis.yaml');
  const tokens = Array.from({ length: 3 }, () => randomBytes(24).toString('hex'));
  const [read, first, second] = tokens as [string, string, string];
  const configure = (token: string) =>
    writeFileSync(file, JSON.stringify({ http: { writeTokens: [token], readTokens: [read] } }));
  configure(first);
  const service = await child(t, temporaryDirectory(t), '--config', file);
  const { fail } = await devicesAt(t, { host: '127.0.0.1', port: service.ports.tcp });
  await fail('sw-a');
  return { service, first, second, configure, fail };
}
