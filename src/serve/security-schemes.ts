/** What the OpenAPI document says about tokens. */
import type { FastifyInstance } from 'fastify';
import { problems } from './problems.ts';

const bearer = (description: string) => ({ type: 'http', scheme: 'bearer', description }) as const;

/** For `components.securitySchemes`. */
export const securitySchemes = {
  readToken: bearer('one of http.readTokens; none is needed if none is configured, on a loopback address'),
  writeToken: bearer('one of http.writeTokens; it may read, too'),
};

const [read, write, nothing] = [{ readToken: [] }, { writeToken: [] }, {}] as const;

/** Which of them a route takes; an empty one: none is needed where the configuration says so. */
const SECURITY = { read: [read, write], write: [write], metrics: [nothing, read, write], open: [] } as const;

/** For the routes of `api` that follow. */
export function describeSecurity(api: FastifyInstance, kind: keyof typeof SECURITY): void {
  api.addHook('onRoute', (route) => {
    const { response, ...schema } = route.schema ?? {};
    const refusals = kind === 'open' ? {} : problems(401, 403);
    route.schema = {
      ...schema,
      security: SECURITY[kind],
      ...(response === undefined ? {} : { response: { ...refusals, ...(response as object) } }),
    };
  });
}
