/** A service that real syslog has reached, for the console. */
import type { Test } from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { type Config, defaults } from '../../src/config/schema.ts';
import { incidentsOf, type Running, running, until } from '../app/running.ts';
import { BODIES } from '../given.ts';

/** A name that breaks what takes it for HTML, for a text in one direction, or for a formula. */
export const HOSTILE = '<img src=x onerror=alert(1)>\u202e=cmd';

export type Failing = Running & {
  /** Sends a line of a device. */
  readonly say: (device: string, body: string) => Promise<void>;
  /** Sends the two failures that make a suspicion. */
  readonly fail: (device: string) => Promise<void>;
};

type Tokens = { readonly readTokens?: string[]; readonly writeTokens?: string[] };

/** The device sw-a has told its failure, in a plant with a hostile name. */
export async function failing(t: Test, tokens: Tokens = {}, over: Partial<Config> = {}): Promise<Failing> {
  const service = await running(t, { http: { ...defaults.http, listen: '127.0.0.1:0', ...tokens }, ...over });
  const bearer = tokens.writeTokens === undefined ? {} : { authorization: `Bearer ${tokens.writeTokens[0]}` };
  const listed = await fetch(`${service.api}/api/v1/inventory`, {
    ...{ method: 'POST', headers: { ...bearer, 'content-type': 'application/json' } },
    body: JSON.stringify([{ hostname: 'sw-a', plant: HOSTILE, release: '17.3.3', pid: 'IE-3300-8T2S' }]),
  });
  t.equal(listed.status, 200);
  const sender = await openSender('tcp', service.addresses.tcp as { host: string; port: number });
  let number = 12;
  const say = (device: string, body: string) =>
    sender.line(Buffer.from(`<187>${number++}: ${device}: Mar  1 18:46:11.12${number % 10}: ${body}`));
  const fail = async (device: string) => {
    await say(device, BODIES.callHome205);
    await say(device, BODIES.commFailed);
  };
  t.teardown(() => sender.close());
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
