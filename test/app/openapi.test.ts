/** Every example of the OpenAPI document, sent to a real service that was fed by real lines; each answer fits its schema. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import t, { type Test } from 'tap';
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
async function sampled(t: Test): Promise<Running> {
  const pager = await receiver(t, answering(202));
  const service = await running(t, {
    http: { ...defaults.http, listen: '127.0.0.1:0', writeTokens: [sample.token] },
    backup: { ...defaults.backup, directory: temporaryDirectory(t) },
    sinks: [
      {
        ...common,
        name: sample.sink,
        kind: 'webhook',
        url: pager.url,
        secrets: [`whsec_${'A'.repeat(32)}`],
        headers: {},
      },
    ],
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

/** Values of a list, and lines of a text, that an example of an answer shows. */
const SHOWN = { rows: 2, lines: 4 };

/** An answer as the document shows it: short, and without the directories of this test. */
function shortened(text: string, type: string): unknown {
  const placed = text.replaceAll(new RegExp(`${tmpdir()}/[\\w./-]+`, 'g'), '/var/lib/quovadis-watch');
  if (!type.endsWith('json')) return placed.split('\n').slice(0, SHOWN.lines).join('\n');
  const value = JSON.parse(placed);
  // The document does not show itself.
  if ('openapi' in value) return { openapi: value.openapi, info: value.info };
  return shortenedValue(value);
}

function shortenedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, SHOWN.rows).map(shortenedValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shortenedValue(each)]));
}

type Answer = { readonly type: string; readonly value: unknown };

function writeAnswers(answers: Readonly<Record<string, readonly Answer[]>>): void {
  const file = new URL('../../src/serve/openapi/answers.gen.ts', import.meta.url);
  writeFileSync(
    file,
    `/** Answers of a service to the examples of its routes, shortened. Made by test/app/openapi.test.ts with UPDATE_GOLDENS=1. */
export const answers: Readonly<Record<string, readonly { readonly type: string; readonly value: unknown }[]>> = {
${Object.entries(answers)
  .map(([name, list]) => `  ${name}: [\n${list.map((each) => `    ${JSON.stringify(each)},\n`).join('')}  ],\n`)
  .join('')}};
`,
  );
}

/** What a stream begins with. */
const STREAM = `event: hello
data: {"version":"0.1.0","time":"2026-11-28T03:12:07.000Z","console":"Wj3kQ0d9uYtL","position":"k3Jx0aQ9-1z"}

`;

t.test('Each example of the document is answered by a real service as its schema says', async (t) => {
  const service = await sampled(t);
  const document = await get<Document>(`${service.api}/openapi.json`);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ $id: 'document', ...document });
  const answers: Record<string, Answer[]> = {};
  const isWritten = process.env['UPDATE_GOLDENS'] === '1';
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
    const own = answers[operation.operationId ?? name] ?? [];
    answers[operation.operationId ?? name] = own;
    const example = `example${own.length + 1}`;
    const shownAs = (type: string) => operation.responses['200']?.content?.[type]?.examples?.[example]?.value;
    const given = answer.headers.get('content-type')?.split(';')[0] ?? '';
    if (isStream) {
      t.strictSame([answer.status, given], [200, 'text/event-stream'], title);
      t.strictSame(await misfitsOf(answer, ['hello', 'counts', 'health'], fitsEvent), [], title);
      hangUp.abort();
      own.push({ type: given, value: STREAM });
      if (isWritten) continue;
      const [, event = '', data = 'null'] = /^event: (\w+)\ndata: (.*)\n\n$/.exec(`${shownAs(given)}`) ?? [];
      t.ok(fitsEvent(event, JSON.parse(data)), `${title}: the answer is in the document`);
      continue;
    }
    const text = await answer.text();
    const wanted = 200;
    if (!t.equal(answer.status, wanted, title)) t.comment(text);
    t.ok(operation.responses[wanted]?.content?.[given], `${title}: ${given} is in the document`);
    own.push({ type: given, value: shortened(text, given) });
    const shown = shownAs(given);
    if (!isWritten) t.not(shown, undefined, `${title}: the answer is in the document`);
    if (!given.endsWith('json')) continue;
    const steps = ['paths', path, method, 'responses', `${wanted}`, 'content', given, 'schema'];
    const pointer = steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
    const fits = ajv.compile({ $ref: `document#/${pointer}` });
    t.ok(fits(JSON.parse(text)), `${title}: ${JSON.stringify(fits.errors?.slice(0, 3))}`);
    if (isWritten) continue;
    t.ok(fits(shown), `${title}, as it is shown: ${JSON.stringify(fits.errors?.slice(0, 3))}`);
    const [told, now] = [shown, shortened(text, given)].map((value) => Object.keys(value as object).sort());
    t.strictSame(told, now, `${title}: what is shown has the parts of the answer; else UPDATE_GOLDENS=1`);
  }
  if (isWritten) writeAnswers(answers);
});
