import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { RouteError } from '../problems.ts';
import { isSecure } from '../secure.ts';
import type { Serving } from '../serving.ts';
import { codingFor, readAssets } from './assets.ts';
import { contentPolicy, pagePaths, shellAt } from './shell.ts';

const YEAR = 'public, max-age=31536000, immutable';

/** The query is the state of a page, which its script reads. */
const anyQuery = Type.Object({}, { additionalProperties: true });

/** GET / and the other pages of the console, and the files that they load. None of them has data of devices. */
export function consoleRoutes({ access }: Serving): FastifyPluginAsyncTypebox {
  return async (server) => {
    const assets = await readAssets();
    for (const page of pagePaths)
      server.get(page, { schema: { hide: true, querystring: anyQuery } }, async (request, reply) => {
        const { accept } = request.headers;
        if (accept !== undefined && !/text\/(html|\*)|\*\/\*/i.test(accept))
          throw new RouteError(406, 'this is a page for browsers: the data is below /api/v1, see /openapi.json');
        const secure = isSecure(request, access().publicUrl);
        reply.header('content-security-policy', contentPolicy(secure));
        if (!secure) reply.removeHeader('strict-transport-security');
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
        reply.header('content-security-policy', contentPolicy(isSecure(request, access().publicUrl)));
        reply.headers({ 'cache-control': YEAR, vary: 'accept-encoding' }).type(file.type);
        if (coding !== 'identity') reply.header('content-encoding', coding);
        return reply.send(file.body[coding]);
      },
    );
  };
}
