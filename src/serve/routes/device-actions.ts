import { isIP } from 'node:net';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { trustpoolWanted } from '../../core/capture/trustpool.ts';
import { sample, trustpoolSample } from '../openapi/route-examples.ts';
import { problems, RouteError, withProblems } from '../problems.ts';
import type { Serving } from '../serving.ts';
import { deviceView, senderSchema, sendersView } from '../views/device.ts';
import { outcomeView } from '../views/outcome.ts';
import { keptTrustpoolSchema } from '../views/trustpool.ts';
import { dryRun, OPERATOR, optionalBody, signed } from './bodies.ts';

/** DELETE /devices/:key, POST /devices/:key/trustpool, POST /devices/:key/senders. */
export function deviceActionRoutes({ engine, now }: Serving): FastifyPluginAsyncTypebox {
  return async (api) => {
    api.delete(
      '/devices/:key',
      {
        schema: {
          operationId: 'deleteDevice',
          tags: ['devices'],
          examples: [
            { summary: 'Forget a device', params: { key: sample.device }, body: { by: 'kim', text: 'scrapped' } },
          ],
          summary:
            'Deletes a device and its history; an open incident is closed and the sinks are notified. A URL has no room for a long text: the body has',
          params: Type.Object({ key: Type.String() }),
          querystring: signed,
          body: signed,
          response: { 200: Type.Object({ forgotten: Type.String() }), ...problems(400, 401, 403, 404, 409) },
        },
        preValidation: optionalBody,
      },
      async ({ params, query, body }) => {
        for (const name of ['by', 'text'] as const)
          if (query[name] !== undefined && body[name] !== undefined && query[name] !== body[name])
            throw new RouteError(400, `the query and the body have another ${name}: give it in one of them`);
        const { by = OPERATOR, text = 'the device no longer exists' } = { ...query, ...body };
        const { operations } = engine();
        const key = await withProblems(() => operations.find(params.key));
        await operations.forget([key], by, text);
        return { forgotten: key };
      },
    );

    api.post(
      '/devices/:key/senders',
      {
        schema: {
          operationId: 'confirmSender',
          tags: ['devices'],
          examples: [
            {
              summary: 'Confirm an address',
              params: { key: sample.device },
              body: { address: sample.address, by: 'kim' },
            },
          ],
          summary: 'Confirms that a device sends from an address: a recovery from there that waits counts now',
          params: Type.Object({ key: Type.String() }),
          body: Type.Object(
            { address: Type.String({ description: 'an IPv4 or IPv6 address' }), ...signed.properties },
            { additionalProperties: false },
          ),
          response: { 200: Type.Object({ senders: Type.Array(senderSchema) }), ...problems(400, 401, 403, 404, 409) },
        },
      },
      async ({ params: { key }, body: { address, by = OPERATOR, text = 'the device sends from this address' } }) => {
        if (isIP(address) === 0) throw new RouteError(400, 'address: give an IPv4 or IPv6 address');
        const device = await withProblems(() => engine().operations.confirmSender(key, address, by, text));
        return { senders: sendersView(device) };
      },
    );

    api.post(
      '/devices/:key/trustpool',
      {
        schema: {
          operationId: 'checkTrustpool',
          tags: ['devices'],
          examples: [{ summary: 'A pool without the new root', params: { key: sample.device }, body: trustpoolSample }],
          summary:
            'Checks the output of show crypto pki trustpool (text/plain): whether the new root is present, and the next step',
          consumes: ['text/plain'],
          querystring: Type.Object({ dryRun }, { additionalProperties: false }),
          params: Type.Object({ key: Type.String() }),
          response: {
            200: keptTrustpoolSchema,
            ...problems(400, 401, 403, 404, 409),
          },
        },
      },
      async ({ params: { key }, body, query }) => {
        if (typeof body !== 'string') throw new RouteError(400, 'send the output of the command as text/plain');
        const { advisory, operations } = engine();
        const checked = await withProblems(() => operations.checkTrustpool(key, body, query));
        if (checked === null) {
          throw new RouteError(400, `this is not ${trustpoolWanted(advisory)}`);
        }
        const { trustpool, remediation } = deviceView(checked.device, now(), advisory);
        if (trustpool === null) throw new Error('a device whose trustpool was checked has a trustpool');
        const outcome = outcomeView(checked.changes, advisory.prefix, query.dryRun ?? false);
        return { ...trustpool, next: checked.next, remediation, ...outcome };
      },
    );
  };
}
