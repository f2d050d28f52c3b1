import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { RouteError } from '../problems.ts';
import { isSecure, PAGE } from '../secure.ts';
import type { Serving } from '../serving.ts';
import { type Assets, codingFor } from './assets.ts';
import { contentPolicy, pagePaths, shellAt } from './shell.ts';

export { type Assets, readAssets } from './assets.ts';

const YEAR = 'public, max-age=31536000, immutable';

const WORKER = 'live/worker.js';
/** The query is the state of a page, which its script reads. */
const anyQuery = Type.Object({}, { additionalProperties: true });

/** GET / and the other pages of the console, and the files that they load. None of them has data of devices. */
export function consoleRoutes({ access }: Serving, assets: Assets): FastifyPluginAsyncTypebox {
  return async (server) => {
    for (const page of pagePaths)
      server.get(page, { helmet: PAGE, schema: { hide: true, querystring: anyQuery } }, async (request, reply) => {
        const { accept } = request.headers;
        if (accept !== undefined && !/text\/(html|\*)|\*\/\*/i.test(accept))
          throw new RouteError(406, 'this is a page for browsers: the data is below /api/v1, see /openapi.json');
        const secure = isSecure(request, access().publicUrl);
        reply.header('content-security-policy', contentPolicy(secure));
        const [path = '/'] = request.url.split('?');
        return reply.type('text/html; charset=utf-8').send(shellAt(path, assets));
      });
    server.get(
      '/assets/:hash/*',
      { schema: { hide: true, params: Type.Object({ hash: Type.String(), '*': Type.String() }) } },
      async (request, reply) => {
        const { hash, '*': path } = request.params;
        const file = hash === assets.hash ? assets.files.get(path) : undefined;
        if (file === undefined) throw new RouteError(404, 'the console has another version: reload the page');
        const coding = codingFor(request.headers['accept-encoding']);
        // A worker has the policy of its own file; that of a page holds for all others.
        if (path !== WORKER) reply.removeHeader('content-security-policy');
        else reply.header('content-security-policy', contentPolicy(isSecure(request, access().publicUrl)));
        reply.headers({ 'cache-control': YEAR, vary: 'accept-encoding' }).type(file.type);
        if (coding !== 'identity') reply.header('content-encoding', coding);
        return reply.send(await file.body(coding));
      },
    );
  };
}
