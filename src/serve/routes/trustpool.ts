import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { nextStep, readTrustpool, trustpoolHost, trustpoolWanted } from '../../core/capture/trustpool.ts';
import { aliasesMeant, keyMeant } from '../../core/model/names.ts';
import { trustpoolSample } from '../openapi/route-examples.ts';
import { problems, RouteError } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { outcomeView } from '../views/outcome.ts';
import { readingSchema } from '../views/trustpool.ts';

/** POST /trustpool: what is in the output of show crypto pki trustpool. Nothing is stored. */
export function trustpoolRoutes({ engine, store }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    api.post(
      '/trustpool',
      {
        schema: {
          operationId: 'readTrustpool',
          tags: ['devices'],
          summary:
            'Reads the output of show crypto pki trustpool (text/plain): which roots it has, of which device it is, what follows; nothing is stored',
          consumes: ['text/plain'],
          examples: [{ summary: 'A pool without the new root', body: trustpoolSample }],
          response: { 200: readingSchema, ...problems(400, 401, 403) },
        },
      },
      async ({ body }) => {
        if (typeof body !== 'string') throw new RouteError(400, 'send the output of the command as text/plain');
        const { advisory, operations } = engine();
        const reading = readTrustpool(body, advisory);
        if (reading === null) throw new RouteError(400, `this is not ${trustpoolWanted(advisory)}`);
        const { newRoot, oldRoot } = advisory.remediation;
        const hostname = trustpoolHost(body);
        const key = hostname === null ? null : await knownDevice(hostname);
        const kept = key === null ? null : await operations.checkTrustpool(key, body, { dryRun: true });
        return {
          newRoot: { name: newRoot.name, serial: newRoot.serial, presence: reading.newRoot },
          oldRoot: { name: oldRoot.name, serial: oldRoot.serial, presence: reading.oldRoot },
          certificates: reading.certificates.map((certificate) => ({ ...certificate })),
          complete: reading.complete,
          next: nextStep(reading, advisory),
          hostname,
          device: key,
          wouldChange: kept === null ? null : outcomeView(kept.changes, advisory.prefix, true).changes,
        };
      },
    );
  };

  async function knownDevice(name: string): Promise<string | null> {
    const key = keyMeant(name, await store.aliases(aliasesMeant(name)));
    return (await store.load([key])).has(key) ? key : null;
  }
}
