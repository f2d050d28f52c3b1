import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { Log } from '../telemetry/log.ts';

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
  server.setErrorHandler((error: FastifyError | RouteError, request, reply) => {
    const status = error.statusCode ?? 500;
    // A route that answers so has said why, and nothing has failed.
    if (status < 500 || error instanceof RouteError) return answer(reply, status, error.message);
    log.error({ err: error, url: request.url }, 'request failed');
    return answer(reply, status, 'the request failed; see the log of the service');
  });
  server.setNotFoundHandler((request, reply) =>
    answer(reply, 404, `there is no ${request.method} ${request.url.split('?')[0]}`),
  );
}

const URL_PROBLEMS: Readonly<Record<string, string>> = {
  FST_ERR_BAD_URL: 'the path is no valid URL: a % in a name is written as %25',
  FST_ERR_MAX_PARAM_LENGTH: 'the name in the path is longer than any that there is',
};

/** Answers a URL that leads to no route, for Fastify's `frameworkErrors`. */
export function answerUrl<R extends Pick<FastifyReply, 'code' | 'type' | 'send'>>(
  error: FastifyError,
  _request: unknown,
  reply: R,
): void {
  answer(reply, error.statusCode ?? 500, URL_PROBLEMS[error.code] ?? error.message);
}

function answer<R extends Pick<FastifyReply, 'code' | 'type' | 'send'>>(reply: R, status: number, detail: string) {
  return reply.code(status).type(PROBLEM).send(problem(status, detail));
}

const PROBLEM = 'application/problem+json';

const UNREADABLE: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request took too long to arrive'],
  HPE_HEADER_OVERFLOW: [431, 'the headers are too long'],
};

/** Answers what cannot be read as a request, for Fastify's `clientErrorHandler`. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  const [status, detail] = UNREADABLE[error.code ?? ''] ?? [400, 'this is no HTTP request'];
  const said = problem(status, detail);
  const body = JSON.stringify(said);
  if (socket.writable && error.code !== 'ECONNRESET') {
    const head = `HTTP/1.1 ${status} ${said.title}\r\ncontent-type: ${PROBLEM}\r\ncontent-length: ${body.length}`;
    socket.write(`${head}\r\nconnection: close\r\n\r\n${body}`);
  }
  socket.destroy();
}
