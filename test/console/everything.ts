/** A service of which every page of the console has something to show, all of it told by syslog, people and inventory. */
import type { Test } from 'tap';
import type { Config } from '../../src/config/schema.ts';
import { trustpoolSample } from '../../src/serve/openapi/route-examples.ts';
import { get, until } from '../app/running.ts';
import { BODIES } from '../given.ts';
import { type Failing, failing, HOSTILE, list } from './failing.ts';
import { webhooks } from './sinks.ts';

/** A name of a device has no blank, and may have anything else. */
export const HOSTILE_DEVICE = `${HOSTILE.replaceAll(' ', '/')}${'x'.repeat(30)}`;
export const LONG_DEVICE = `sw-${'0'.repeat(60)}`;
export const PLANT = 'South/Hall 2';

const UNKNOWN = '%SMART_LIC-3-NOT_KNOWN_YET: <img src=x onerror=alert(1)> \u202ewas said';
const INVENTORY = [
  'hostname,address,plant,release,pid,serial',
  `sw-b,192.0.2.17,"${PLANT}",17.3.3,IE-3300-8T2S,FOC0000A1B2`,
  'sw-c,,North,17.6.1,IE-3400-8T2S,',
  'sw-d,,"../x",16.12.4,C9300-48P,',
  'sw-silent,,North,,,',
  `"${HOSTILE_DEVICE}",192.0.2.18,"${'Köln '.repeat(20)}",17.3.3,"${'P'.repeat(60)}",FOC0000A1B9`,
].join('\n');

type Post = (path: string, body: object | string) => Promise<void>;

/** `sw-a` has failed, `sw-b` is taken, `sw-c` closed, `sw-d` recovers, `sw-watched` has failed once, `sw-silent` never spoke. */
export async function everything(t: Test, over: Partial<Config> = {}): Promise<Failing> {
  const { sinks } = await webhooks(t);
  const service = await failing(t, {}, { sinks, ...over });
  const { api, say, fail } = service;
  const post: Post = async (path, body) => {
    const isText = typeof body === 'string';
    const headers = { 'content-type': isText ? 'text/plain' : 'application/json' };
    const sent = isText ? body : JSON.stringify(body);
    const answer = await fetch(`${api}/api/v1/${path}`, { method: 'POST', headers, body: sent });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  };
  await list(api, `${INVENTORY}\n`);
  for (const device of ['sw-b', 'sw-c', 'sw-d', LONG_DEVICE]) await fail(device);
  await say('sw-watched', BODIES.commFailed);
  await say('sw-a', BODIES.authSignature);
  await say('sw-a', UNKNOWN);
  await say('sw-d', BODIES.commRestored);
  await until(
    () => get<{ total: number }>(`${api}/api/v1/unparsed/groups`),
    ({ total }) => total > 0,
  );
  await until(
    () => get<{ incidents: object[] }>(`${api}/api/v1/incidents`),
    ({ incidents }) => incidents.length === 5,
  );
  await post('incidents/qv-sw-b-1/acknowledge', { by: HOSTILE, text: HOSTILE });
  await post('incidents/qv-sw-b-1/notes', { by: 'kim', text: `${HOSTILE} ${'0123456789'.repeat(30)}` });
  await post('incidents/qv-sw-c-1/close', { by: 'lee', text: HOSTILE, disposition: { hypothesis: 'network' } });
  await post('devices/sw-b/trustpool', trustpoolSample);
  await until(
    () => get<{ notices: object[] }>(`${api}/api/v1/notices?state=dead`),
    ({ notices }) => notices.length > 0,
  );
  return service;
}
