/** What tells a browser how far it may trust an answer. Most answers are data, which is no document and needs little. */
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { isSecure, ofDocuments } from './secure.ts';

/** The policy of data says that it is none, and that nobody may frame it. */
const POLICY = { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } };

const SECURE_FOR = 'max-age=31536000; includeSubDomains';

/**
 * A console asks for little things often, and each byte of a head is sent anew. `Strict-Transport-Security` is only for who has
 * asked by https (RFC 6797 §7.2).
 */
export async function secureAnswers(server: FastifyInstance, publicUrl: () => string | null): Promise<void> {
  await server.register(helmet, {
    ...ofDocuments(false),
    contentSecurityPolicy: POLICY,
    strictTransportSecurity: false,
  });
  server.addHook('onRequest', async (request, reply) => {
    if (isSecure(request, publicUrl())) reply.header('strict-transport-security', SECURE_FOR);
  });
}
