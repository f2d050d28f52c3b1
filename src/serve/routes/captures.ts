import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { limits } from '../../core/model/limits.ts';
import { ansibleTexts } from '../../operate/ansible-output.ts';
import type { CapturesTaken } from '../../operate/captures.ts';
import { captureSample, sample } from '../openapi/route-examples.ts';
import { problems, RouteError, withProblems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { instantOf, timeOf, zoneOf, zoneOffsetIn } from '../times.ts';
import { capturesTakenSchema, captureTakenView } from '../views/capture.ts';
import { outcomeView } from '../views/outcome.ts';
import { dryRun } from './bodies.ts';

const query = Type.Object(
  {
    dryRun,
    at: timeOf('when the capture was taken, where it does not say so itself'),
    zone: zoneOf('of times in the capture that name none; they are not used without it'),
  },
  { additionalProperties: false },
);

const text = {
  ...{ tags: ['devices'], consumes: ['text/plain'], querystring: query },
  response: { 200: capturesTakenSchema, ...problems(400, 401, 403, 404, 409, 413) },
};

type Query = Static<typeof query>;

/** The clock of who asks may be that far ahead. Milliseconds. */
const AHEAD_MS = 60_000;

/** POST /captures, POST /devices/:key/captures: takes what switches show. */
export function captureRoutes({ engine, now }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.post(
      '/captures',
      {
        bodyLimit: limits.captureBodyBytes,
        schema: {
          ...text,
          operationId: 'takeCaptures',
          summary:
            'Takes the output of show commands (text/plain) of one or several devices, each named by its prompt, or the JSON of cisco.ios.ios_command: its facts are kept and decide',
          examples: [{ summary: 'What is in a saved terminal?', query: { dryRun: true }, body: captureSample }],
        },
      },
      ({ body, query }) => take(body, query, null),
    );

    api.post(
      '/devices/:key/captures',
      {
        bodyLimit: limits.captureBodyBytes,
        schema: {
          ...text,
          operationId: 'takeCapturesOfDevice',
          summary: 'Takes the output of show commands (text/plain) of this device; nothing of another device is taken',
          params: Type.Object({ key: Type.String() }),
          examples: [
            {
              summary: 'What would it change?',
              params: { key: sample.device },
              query: { dryRun: true },
              body: captureSample,
            },
          ],
        },
      },
      ({ params: { key }, body, query }) => take(body, query, key),
    );
  };

  async function take(body: unknown, { dryRun = false, at, zone }: Query, device: string | null) {
    if (typeof body !== 'string') throw new RouteError(400, 'send the output of the commands as text/plain');
    const given = instantOf('at', at) ?? null;
    if (given !== null && given > now() + AHEAD_MS) throw new RouteError(400, 'at: this is in the future');
    const taken = given === null ? null : Math.min(given, now());
    const order = { device, at: taken, zone: zoneOffsetIn('zone', zone), dryRun };
    const { advisory, operations } = engine();
    const texts = ansibleTexts(Buffer.from(body)) ?? [{ host: null, text: body }];
    const parts = await withProblems(() =>
      operations.captures(
        texts.map(({ host: reachedAs, text }) => ({ text, order: { ...order, reachedAs } })),
        { dryRun },
      ),
    );
    const all = { taken: parts.flatMap((part) => part.taken), refused: parts.flatMap((part) => part.refused) };
    requireSome(all);
    const changes = all.taken.flatMap((each) => each.changes);
    return {
      taken: all.taken.map((each) => captureTakenView(each, advisory)),
      refused: all.refused.map((part) => ({ ...part })),
      ...outcomeView(changes, advisory.prefix, dryRun),
    };
  }
}

/** Where nothing is taken, the reasons are the problem. */
function requireSome({ taken, refused }: CapturesTaken): void {
  const [first] = refused;
  if (taken.length > 0 || first === undefined) return;
  const all = refused.map(({ line, text }) => `line ${line}: ${text}`);
  throw new RouteError(400, first.text, all.length === 1 ? [] : all);
}
