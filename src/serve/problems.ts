import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { type ErrorCode, OperatingError } from '../errors.ts';
import type { Log } from '../telemetry/log.ts';
import { PROBLEM, problem } from './problem.ts';

export const problemSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  problems: Type.Optional(Type.Array(Type.String(), { description: 'each thing that is wrong, if there are several' })),
});

/** The schemas of a route's answers with these statuses. */
export function problems<S extends number>(...statuses: readonly S[]): Record<S, typeof problemSchema> {
  return Object.fromEntries(statuses.map((status) => [status, problemSchema])) as Record<S, typeof problemSchema>;
}

/** Thrown by a route to answer with a problem; `message` is the detail. */
export class RouteError extends Error {
  readonly statusCode: number;
  readonly problems: readonly string[];

  constructor(statusCode: number, detail: string, problems: readonly string[] = []) {
    super(detail);
    this.statusCode = statusCode;
    this.problems = problems;
  }
}

/** `noun`: the kind of thing that was not found; `name`: its name in the request. */
export function notFound(noun: 'device' | 'incident' | 'plant', name: string): RouteError {
  return new RouteError(404, `there is no ${noun} ${name === '' ? '""' : name}`);
}

const OPERATING_STATUS: Partial<Record<ErrorCode, number>> = {
  QVW_NOT_FOUND: 404,
  QVW_REFUSED: 409,
  QVW_INVENTORY_INVALID: 400,
  QVW_CAPTURE_INVALID: 400,
  QVW_CONFIG_INVALID: 400,
  QVW_ADVISORY_INVALID: 400,
  QVW_BACKUP_FAILED: 503,
  QVW_FILE_UNREADABLE: 503,
};

/** Runs an operation. An operating error that the request has caused becomes the answer; other errors are rethrown. */
export async function withProblems<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const status = error instanceof OperatingError ? OPERATING_STATUS[error.code] : undefined;
    if (status === undefined) throw error;
    const { message, problems: all } = error as OperatingError;
    throw new RouteError(status, message, all);
  }
}

/** Every error is answered as problem details. The cause of a defect is in the log, not in the answer. */
export function answerErrors(
  server: Pick<FastifyInstance, 'setErrorHandler' | 'setNotFoundHandler' | 'addHook'>,
  log: Log,
): void {
  // An answer that breaks off has its status already: the connection is closed, and the cause is in the log.
  server.addHook('onSend', async (request, _reply, payload) => {
    if (payload instanceof Readable)
      payload.on('error', (err) => log.error({ err, url: request.url }, 'an answer broke off'));
    return payload;
  });
  server.setErrorHandler((error: FastifyError | RouteError, request, reply) => {
    const status = error.statusCode ?? 500;
    // A RouteError is an intended answer with its reason, not a failure. This includes status 503.
    if (error instanceof RouteError) return answer(reply, status, error.message, error.problems);
    if (status < 500) return answer(reply, status, BODY_PROBLEMS[error.code] ?? error.message);
    log.error({ err: error, url: request.url }, 'request failed');
    return answer(reply, status, 'the request failed; see the log of the service');
  });
  server.setNotFoundHandler((request, reply) =>
    answer(reply, 404, `there is no ${request.method} ${request.url.split('?')[0]}`),
  );
}

const BODY_PROBLEMS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: 'the body is empty: send JSON',
  FST_ERR_CTP_INVALID_JSON_BODY: 'the body is not JSON, or has a key __proto__ or constructor',
};

const URL_PROBLEMS: Readonly<Record<string, string>> = {
  FST_ERR_BAD_URL: 'the path is not a valid URL: write a % in a name as %25',
  FST_ERR_MAX_PARAM_LENGTH: 'the name in the path is too long',
};

/** Answers a URL that Fastify cannot route, for its option `frameworkErrors`. */
export function answerUrl<R extends Pick<FastifyReply, 'code' | 'type' | 'send'>>(
  error: FastifyError,
  _request: unknown,
  reply: R,
): void {
  answer(reply, error.statusCode ?? 500, URL_PROBLEMS[error.code] ?? error.message);
}

function answer<R extends Pick<FastifyReply, 'code' | 'type' | 'send'>>(
  reply: R,
  status: number,
  detail: string,
  problems: readonly string[] = [],
) {
  return reply
    .code(status)
    .type(PROBLEM)
    .send(problem(status, detail, problems));
}

const UNREADABLE: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request took too long to arrive'],
  HPE_HEADER_OVERFLOW: [431, 'the headers are too long'],
};

/** Answers bytes that are not a valid request, for Fastify's option `clientErrorHandler`. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  const [status, detail] = UNREADABLE[error.code ?? ''] ?? [400, 'this is not an HTTP request'];
  const details = problem(status, detail);
  const body = JSON.stringify(details);
  if (socket.writable && error.code !== 'ECONNRESET') {
    const head = `HTTP/1.1 ${status} ${details.title}\r\ncontent-type: ${PROBLEM}\r\ncontent-length: ${body.length}`;
    socket.write(`${head}\r\nconnection: close\r\n\r\n${body}`);
  }
  socket.destroy();
}
