import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { problems, withProblems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { optionalBody } from './bodies.ts';

/** POST /backup: a backup into the configured directory, and nowhere else. */
export function backupRoutes({ backups }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.post(
      '/backup',
      {
        schema: {
          operationId: 'makeBackup',
          tags: ['service'],
          examples: [{ summary: 'Back up now', body: {} }],
          summary:
            'Backs up the database into the configured directory; answers when the backup is checked and in place',
          body: Type.Object({}, { additionalProperties: false }),
          response: {
            200: Type.Object({
              file: Type.String(),
              bytes: Type.Integer(),
              devices: Type.Integer(),
              incidents: Type.Integer(),
              damaged: Type.Integer({ description: 'rows that are damaged in the database, too' }),
              removed: Type.Array(Type.String(), { description: 'older backups that were deleted' }),
            }),
            ...problems(400, 401, 403, 409, 503),
          },
        },
        preValidation: optionalBody,
      },
      async () => {
        const { removed, ...done } = await withProblems(() => backups.run());
        return { ...done, removed: [...removed] };
      },
    );
  };
}
