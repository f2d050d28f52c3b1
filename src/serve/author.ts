/** Who has done what a browser asks for: whoever is logged in there, and not whom the page believes to be. */
import type { FastifyInstance } from 'fastify';
import { type Guard, hasBearer, sessionOf } from './auth.ts';

/**
 * With the session of a browser, its name is the author (`by`) of what is written: a tab may not know yet that somebody else has
 * logged in. Programs with a token name the author themselves.
 */
export function signBySession(api: FastifyInstance, guard: Guard): void {
  api.addHook('preHandler', async (request) => {
    const session = hasBearer(request) ? null : sessionOf(request, guard);
    if (session === null) return;
    const { body, querystring } = request.routeOptions.schema ?? {};
    if (namesAuthor(body)) (request.body as { by?: string }).by = session.name;
    if (namesAuthor(querystring)) (request.query as { by?: string }).by = session.name;
  });
}

function namesAuthor(schema: unknown): boolean {
  return (schema as { properties?: { by?: unknown } } | undefined)?.properties?.by !== undefined;
}
