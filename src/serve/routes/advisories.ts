import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { affected } from '../../core/advisory/affected.ts';
import { parseRelease } from '../../core/advisory/release.ts';
import { summaryOf } from '../../core/advisory/summary.ts';
import { sample } from '../openapi/route-examples.ts';
import { problems, RouteError } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { advisorySummarySchema, affectedSchema } from '../views/advisory.ts';
import { nullable } from '../views/types.ts';

/** GET /advisories: the advisory; with `release` and `product` also whether this release is affected. */
export function advisoryRoutes({ engine }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.get(
      '/advisories',
      {
        schema: {
          operationId: 'getAdvisories',
          tags: ['advisories'],
          examples: [
            { summary: 'The advisory' },
            { summary: 'Is this release affected?', query: { release: sample.release, product: sample.pid } },
          ],
          summary: 'The advisory; with a release and a product also whether the release is affected',
          querystring: Type.Object(
            {
              release: Type.Optional(
                Type.String({ maxLength: 32, description: 'as in the output of show version: 17.3.3a' }),
              ),
              product: Type.Optional(Type.String({ maxLength: 64, description: 'product id: IE-3300-8T2S' })),
            },
            { additionalProperties: false },
          ),
          response: {
            200: Type.Object({
              advisories: Type.Array(advisorySummarySchema),
              affected: nullable(affectedSchema),
            }),
            ...problems(400),
          },
        },
      },
      async ({ query: { release, product } }) => {
        const { advisory } = engine();
        const advisories = [structuredClone(summaryOf(advisory)) as never];
        if (release === undefined && product === undefined) return { advisories, affected: null };
        if (release === undefined || product === undefined) {
          throw new RouteError(400, 'give both release and product');
        }
        const parsed = parseRelease(release);
        if (parsed === null) throw new RouteError(400, 'release is not an IOS XE release such as 17.3.3a or 16.12.1z1');
        return { advisories, affected: affected(product, parsed, advisory.products) };
      },
    );
  };
}
