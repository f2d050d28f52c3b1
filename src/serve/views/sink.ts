import { Type } from 'typebox';
import { dateTime, nullable } from './types.ts';

const count = Type.Integer({ minimum: 0 });

/** Who is notified, and what waits for it. */
export const sinkSchema = Type.Object({
  name: Type.String(),
  kind: nullable(Type.String({ description: 'null: not configured any more, and it still has dead letters' })),
  urls: Type.Array(Type.String(), { description: 'what it posts to: scheme and host' }),
  pending: Type.Integer({
    minimum: 0,
    description: 'notices, or alerts in their current state, that it has not taken',
  }),
  dead: count,
  oldestAt: nullable(dateTime, { description: 'since when the oldest of those that are pending waits' }),
  lastDeliveredAt: nullable(dateTime, {
    description:
      'the last notice that it has taken; null if none is known, and for an Alertmanager, which gets no notices',
  }),
});

/** What a sink has answered to a test notice. */
export const testSchema = Type.Object({
  delivered: Type.Boolean({ description: 'whether each request was answered with 2xx' }),
  answers: Type.Array(
    Type.Object({
      url: Type.String({ description: 'scheme and host' }),
      status: nullable(Type.Integer({ description: 'of the answer; null without one' })),
      error: nullable(Type.String({ description: 'why it did not succeed' })),
    }),
    { description: 'of each request that the test consists of, in their order' },
  ),
});
