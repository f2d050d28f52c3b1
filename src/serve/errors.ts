import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyInstance } from 'fastify';
import type { Log } from '../observe/log.ts';

/** RFC 9457. */
export type Problem = {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
};

export function problem(status: number, detail: string): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail };
}

/** An answer that is no success, thrown by a route. */
export class RouteError extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, detail: string) {
    super(detail);
    this.statusCode = statusCode;
  }
}

/** Every error is answered as problem details; what is our own fault is logged and not told. */
export function answerErrors(server: Pick<FastifyInstance, 'setErrorHandler' | 'setNotFoundHandler'>, log: Log): void {
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, url: request.url }, 'request failed');
    return reply
      .code(status)
      .type('application/problem+json')
      .send(problem(status, status >= 500 ? 'the request failed; see the log of the service' : error.message));
  });
  server.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .type('application/problem+json')
      .send(problem(404, `there is no ${request.method} ${request.url.split('?')[0]}`)),
  );
}
