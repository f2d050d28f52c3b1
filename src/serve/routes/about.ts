import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { type Licence, readLicences } from '../licences.ts';
import { problems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { dateTime, nullable, toDateTime } from '../views/types.ts';

const keys = (description: string) => Type.Array(Type.String(), { description });
const byKey = (description: string) => Type.Record(Type.String(), Type.Unknown(), { description });

const schema = Type.Object({
  version: Type.String(),
  node: Type.String({ description: 'the version of Node.js' }),
  advisory: Type.Object({ id: Type.String(), version: Type.Integer(), title: Type.String(), notice: Type.String() }),
  startedAt: dateTime,
  listening: Type.Record(Type.String(), Type.Object({ host: Type.String(), port: Type.Integer() }), {
    description: 'the addresses that are listened on, by transport',
  }),
  configuration: byKey(
    'the values in use, by key; of secrets only how many are set, of the addresses of sinks only scheme and host',
  ),
  reload: Type.Object(
    {
      successful: Type.Boolean({ description: 'the last reload; true if there was none' }),
      at: dateTime,
      triedAt: nullable(dateTime, { description: 'the last reload, also one that failed; null: there was none' }),
      problem: nullable(Type.String({ description: 'why the last reload failed' })),
      changed: keys('what the last successful reload changed'),
    },
    { description: 'at: when the configuration in use was read' },
  ),
  needsRestart: keys('keys that were configured otherwise since the start, and are used only after a restart'),
  keysOfStart: keys('keys that are read at the start only'),
  limits: Type.Record(Type.String(), Type.Number(), { description: 'as in docs/limits.md' }),
  process: Type.Object({
    heapLimitBytes: Type.Integer(),
    fileDescriptors: nullable(Type.Integer({ description: 'how many the process may have; null: it is not known' })),
  }),
});

const licenceSchema = Type.Object({
  name: Type.String(),
  version: Type.String(),
  licence: nullable(Type.String({ description: 'as the package states it: an SPDX expression; null: it states none' })),
  text: nullable(Type.String({ description: 'its licence file; null: it has none' })),
});

/** GET /about: what runs here, and how it is configured. GET /licences: of what it is made. */
export function aboutRoutes({ about, engine }: Serving): FastifyPluginAsyncTypebox {
  let licences: Promise<readonly Licence[]> | null = null;
  return async (api) => {
    api.get(
      '/licences',
      {
        schema: {
          operationId: 'listLicences',
          tags: ['service'],
          examples: [{ summary: 'All packages' }],
          summary: 'This program and the packages that it is made of, as they are installed, with their licences',
          querystring: Type.Object({}, { additionalProperties: false }),
          response: { 200: Type.Object({ licences: Type.Array(licenceSchema) }), ...problems(400, 401, 403) },
        },
      },
      async () => {
        // Read once, when somebody asks: packages do not change below a running program.
        licences ??= readLicences();
        return { licences: [...(await licences)] };
      },
    );

    api.get(
      '/about',
      {
        schema: {
          operationId: 'getAbout',
          tags: ['service'],
          examples: [{ summary: 'Everything' }],
          summary: 'What runs here: versions, configuration, last reload, limits',
          querystring: Type.Object({}, { additionalProperties: false }),
          response: { 200: schema, ...problems(400, 401, 403) },
        },
      },
      async () => {
        const { id, version, title, notice } = engine().advisory;
        const { startedAt, reload, listening, ...others } = about();
        const { at, triedAt, ...result } = reload;
        return {
          ...others,
          advisory: { id, version, title, notice },
          startedAt: toDateTime(startedAt),
          listening: { ...listening },
          reload: { ...result, at: toDateTime(at), triedAt: triedAt === null ? null : toDateTime(triedAt) },
        };
      },
    );
  };
}
