/** Every example of the OpenAPI document, sent to a real service that was fed by real lines; each answer fits its schema. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import t from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { defaults } from '../../src/config/schema.ts';
import { sample } from '../../src/serve/openapi/route-examples.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { common } from '../notify/one-sink.ts';
import { answering, receiver } from '../notify/receiver.ts';
import { type Described, type Document, type ExampleRequest, operationsOf } from '../serve/described.ts';
import { get, incidentsOf, type Running, running, until } from './running.ts';

const REGISTRATION =
  '%SMART_LIC-3-AGENT_REG_FAILED: Smart Agent for Licensing Registration with the Cisco Smart Software Manager (CSSM) failed: no reason';

const bearer = { authorization: `Bearer ${sample.token}` };

/** A service that knows the device of `sample`, its incident, and a line that could not be read. */
async function sampled(t: Parameters<typeof running>[0]): Promise<Running> {
  const pager = await receiver(t, answering(202));
  const service = await running(t, {
    http: { ...defaults.http, listen: '127.0.0.1:0', writeTokens: [sample.token] },
    backup: { ...defaults.backup, directory: temporaryDirectory(t) },
    sinks: [{ ...common, name: sample.sink, kind: 'webhook', url: pager.url, secrets: [`whsec_${'A'.repeat(32)}`] }],
  });
  const { device: hostname, address, serial, pid, release, plant } = sample;
  const listed = await fetch(`${service.api}/api/v1/inventory`, {
    ...{ method: 'POST', headers: { ...bearer, 'content-type': 'application/json' } },
    body: JSON.stringify([{ hostname, address, serial, pid, release, plant }]),
  });
  t.equal(listed.status, 200);
  const sender = await openSender('tcp', service.addresses.tcp as { host: string; port: number });
  const bodies = [REGISTRATION, BODIES.commFailed, BODIES.callHome205, '%PKI-3-WHAT_IS_THIS: what is this'];
  for (const [number, body] of bodies.entries())
    await sender.line(Buffer.from(`<187>${number + 12}: ${hostname}: Mar  1 18:46:11.12${number}: ${body}`));
  await sender.end();
  await until(
    () => incidentsOf(service.api),
    (incidents) => incidents.some(({ id }) => id === sample.incident),
  );
  return service;
}

/** Reads a stream until it has had all these events. Returns those that do not fit. */
async function misfitsOf(
  answer: Response,
  wanted: readonly string[],
  fits: (event: string, data: unknown) => boolean,
): Promise<string[]> {
  const missing = new Set(wanted);
  const wrong: string[] = [];
  let text = '';
  for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(part).toString();
    for (const [whole, event = '', data = ''] of text.matchAll(/^event: (\w+)\ndata: (.*)\n\n/gm)) {
      if (!fits(event, JSON.parse(data))) wrong.push(whole);
      missing.delete(event);
    }
    if (missing.size === 0) break;
  }
  return wrong;
}

/** Reads first, what deletes last, else in the order of the document. */
function inOrder(described: readonly Described[]): [Described, ExampleRequest][] {
  const rank = ({ method }: Described) => (method === 'get' ? 0 : method === 'delete' ? 2 : 1);
  return described
    .toSorted((a, b) => rank(a) - rank(b))
    .flatMap((each) => each.requests.map((request): [Described, ExampleRequest] => [each, request]));
}

t.test('Each example of the document is answered by a real service as its schema says', async (t) => {
  const service = await sampled(t);
  const document = await get<Document>(`${service.api}/openapi.json`);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ $id: 'document', ...document });
  const fitsEvent = (event: string, data: unknown) =>
    ajv.validate({ $ref: `document#/paths/~1api~1v1~1stream/get/x-events/${event}` }, data);
  for (const [{ name, path, method, operation }, request] of inOrder(operationsOf(document))) {
    const { summary, path: asked, type, body } = request;
    const isStream = operation.responses['200']?.content?.['text/event-stream'] !== undefined;
    const hangUp = new AbortController();
    const answer = await fetch(`${service.api}${asked}`, {
      method: method.toUpperCase(),
      headers: { ...bearer, ...(body === null ? {} : { 'content-type': type ?? '' }) },
      ...(body === null ? {} : { body }),
      signal: hangUp.signal,
    });
    const title = `${name}: ${summary}`;
    const given = answer.headers.get('content-type')?.split(';')[0] ?? '';
    if (isStream) {
      t.strictSame([answer.status, given], [200, 'text/event-stream'], title);
      t.strictSame(await misfitsOf(answer, ['hello', 'counts', 'health'], fitsEvent), [], title);
      hangUp.abort();
      continue;
    }
    const text = await answer.text();
    const wanted = 200;
    if (!t.equal(answer.status, wanted, title)) t.comment(text);
    t.ok(operation.responses[wanted]?.content?.[given], `${title}: ${given} is in the document`);
    if (!given.endsWith('json')) continue;
    const steps = ['paths', path, method, 'responses', `${wanted}`, 'content', given, 'schema'];
    const pointer = steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
    const fits = ajv.compile({ $ref: `document#/${pointer}` });
    t.ok(fits(JSON.parse(text)), `${title}: ${JSON.stringify(fits.errors?.slice(0, 3))}`);
  }
});
