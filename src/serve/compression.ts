/** Answers are compressed where the client takes it; requests are never expanded. */
import compress from '@fastify/compress';
import type { FastifyInstance } from 'fastify';
import { limits } from '../core/model/limits.ts';

/** All that is text here; the event stream is written past Fastify, and has to come at once. */
const TYPES = /^text\/(?!event-stream)|^application\/(json|problem\+json|openmetrics-text)/;

/** For a server without routes, after `answerUnchanged`. */
export async function compressAnswers(server: FastifyInstance): Promise<void> {
  await server.register(compress, {
    globalDecompression: false,
    encodings: ['br', 'gzip'],
    threshold: limits.compressFromBytes,
    customTypes: TYPES,
  });
  // The length of an answer without its body is that of the uncompressed one, which GET may not have.
  server.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD') return;
    const last = route.onSend ?? [];
    route.onSend = [
      ...(Array.isArray(last) ? last : [last]),
      async ({ headers }, reply, payload) => {
        if (reply.statusCode === 304 || headers['accept-encoding'] !== undefined) reply.removeHeader('content-length');
        return payload;
      },
    ];
  });
}
