import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { limits } from '../../core/model/limits.ts';
import { OnceAMinute } from '../../receive/once-a-minute.ts';
import { type Guard, requireOwnPage, roleOf, roleOfToken, sessionOf } from '../auth.ts';
import { sample } from '../openapi/route-examples.ts';
import { problems, RouteError } from '../problems.ts';
import { isSecure } from '../secure.ts';
import type { Serving } from '../serving.ts';
import { cookieNames, SESSION_MS, type Session, sealed } from '../session.ts';
import { dateTime, nullable, toDateTime } from '../views/types.ts';
import { personName } from './bodies.ts';

const MINUTE = 60_000;

const credentials = Type.Object(
  {
    token: Type.String({ minLength: 1, maxLength: 4096, description: 'one of http.readTokens or http.writeTokens' }),
    name: personName('who it is, for notes and acknowledgements'),
    readOnly: Type.Optional(Type.Boolean({ description: 'true: the session may only read, as for a wall screen' })),
  },
  { additionalProperties: false },
);

const schema = Type.Object({
  role: nullable(Type.Enum(['read', 'write']), {
    description: 'what this client may do; null: nothing without a token',
  }),
  name: nullable(Type.String({ description: 'of the session' })),
  until: nullable(dateTime, { description: 'the end of the session; null: there is none' }),
  loginHelps: Type.Boolean({ description: 'a token is configured that allows more' }),
});

/** POST, GET and DELETE /session: a browser changes a token for a cookie. */
export function sessionRoutes({ access, metrics, log, now }: Serving, guard: Guard): FastifyPluginAsyncTypebox {
  return async (api) => {
    const shared = { tags: ['service'] };
    const logged = new OnceAMinute();
    const refused = ({ ip: address }: { readonly ip: string }, result: 'refused' | 'limited') => {
      metrics.onLogin(result);
      if (logged.allows(`${address} ${result}`, performance.now()))
        log.warn({ address, result }, 'a log-in to the console was refused');
    };
    const answer = (request: FastifyRequest, reply: FastifyReply) => {
      const { readTokens, writeTokens } = access();
      const role = roleOf(request, reply, guard);
      const hasMore = writeTokens.length > 0 || (role === null && readTokens.length > 0);
      return view(sessionOf(request, guard), role, hasMore);
    };
    api.post(
      '/session',
      {
        schema: {
          ...shared,
          operationId: 'logIn',
          summary: 'Changes a token for a cookie, with which a browser reads for 30 days or writes for 12 hours',
          examples: [{ summary: 'Kim logs in', body: { token: sample.token, name: 'kim' } }],
          body: credentials,
          response: { 200: schema, ...problems(400, 401, 403, 429) },
        },
        // A foreign page uses up none of the tries, nor does a request that is none: those are refused before they are counted.
        preValidation: async (request) => {
          if (request.headers.origin !== undefined) requireOwnPage(request, access().publicUrl);
        },
        config: {
          rateLimit: {
            hook: 'preHandler',
            max: limits.loginTries,
            timeWindow: MINUTE,
            onExceeded: (request) => refused(request, 'limited'),
            errorResponseBuilder: (_request, { after }) =>
              new RouteError(429, `more than ${limits.loginTries} log-ins within a minute: try again in ${after}`),
          },
        },
      },
      async (request, reply) => {
        const { token, name, readOnly = false } = request.body;
        const most = roleOfToken(token, access());
        if (most === null) {
          refused(request, 'refused');
          throw new RouteError(401, 'the token is not known: it is one of http.readTokens or http.writeTokens');
        }
        const role = readOnly ? 'read' : most;
        const session = { role, name: name.trim(), until: now() + SESSION_MS[role] };
        const { publicUrl } = access();
        const [secure, names] = [isSecure(request, publicUrl), cookieNames(request.headers.host, publicUrl)];
        reply.setCookie(secure ? names.secure : names.plain, sealed(session, token), {
          ...{ httpOnly: true, sameSite: 'strict', path: '/', secure },
          maxAge: SESSION_MS[role] / 1000,
        });
        metrics.onLogin('ok');
        log.info({ address: request.ip, name: session.name, role }, 'a log-in to the console');
        return view(session, role, access().writeTokens.length > 0);
      },
    );
    api.get(
      '/session',
      {
        schema: {
          ...shared,
          operationId: 'getSession',
          summary: 'What this client may do, and until when',
          examples: [{ summary: 'Who am I?' }],
          response: { 200: schema },
        },
      },
      async (request, reply) => answer(request, reply),
    );
    api.delete(
      '/session',
      {
        schema: {
          ...shared,
          operationId: 'logOut',
          summary: 'Ends the session of this browser',
          examples: [{ summary: 'Log out' }],
          response: { 200: schema, ...problems(403) },
        },
      },
      async (request, reply) => {
        if (request.headers.origin !== undefined) requireOwnPage(request, access().publicUrl);
        for (const [kind, name] of Object.entries(cookieNames(request.headers.host, access().publicUrl)))
          reply.clearCookie(name, { path: '/', secure: kind === 'secure', httpOnly: true, sameSite: 'strict' });
        request.cookies = {};
        return answer(request, reply);
      },
    );
  };
}

function view(session: Session | null, role: Session['role'] | null, hasMore: boolean) {
  return {
    role,
    name: session?.name ?? null,
    until: session === null ? null : toDateTime(session.until),
    loginHelps: role !== 'write' && hasMore,
  };
}
