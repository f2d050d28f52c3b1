import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { type ErrorCode, OperatingError } from '../errors.ts';
import type { Log } from '../telemetry/log.ts';

export const PROBLEM = 'application/problem+json';

/** RFC 9457. */
export type Problem = {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
};

export const problemSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
});

/** The schema of a route's answers with these statuses. */
export function problems<S extends number>(...statuses: readonly S[]): Record<S, typeof problemSchema> {
  return Object.fromEntries(statuses.map((status) => [status, problemSchema])) as Record<S, typeof problemSchema>;
}

export function problem(status: number, detail: string): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail };
}

/** A route throws it to answer with a problem; `message` is the detail. */
export class RouteError extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, detail: string) {
    super(detail);
    this.statusCode = statusCode;
  }
}

/** `noun`: what was looked for; `name`: as the request named it. */
export function notFound(noun: 'device' | 'incident', name: string): RouteError {
  return new RouteError(404, `there is no ${noun} ${name}`);
}

const OPERATING_STATUS: Partial<Record<ErrorCode, number>> = {
  QVW_NOT_FOUND: 404,
  QVW_REFUSED: 409,
  QVW_INVENTORY_INVALID: 400,
};

/** Runs what may fail by what the request asks for; such an operating error becomes the answer, any other is thrown on. */
export async function withProblems<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const status = error instanceof OperatingError ? OPERATING_STATUS[error.code] : undefined;
    throw status === undefined ? error : new RouteError(status, (error as OperatingError).message);
  }
}

/** Every error is answered as problem details. The reason of a defect stands in the log, and not in the answer. */
export function answerErrors(server: Pick<FastifyInstance, 'setErrorHandler' | 'setNotFoundHandler'>, log: Log): void {
  server.setErrorHandler((error: FastifyError | RouteError, request, reply) => {
    const status = error.statusCode ?? 500;
    // Of a RouteError, the route has given the reason, and nothing has failed: also with the status 503.
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
