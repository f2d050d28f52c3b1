/** The HTTP API of the service. */
import { BASE, open, path, whole } from './router.ts';
import { words } from './words/en.ts';

/** A request that failed: `message` says why, in the words of the service. `status`: 0: there was no answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly problems: readonly string[];

  constructor(status: number, message: string, problems: readonly string[] = []) {
    super(message);
    this.status = status;
    this.problems = problems;
  }
}

export const apiUrl = (name: string): string => `${BASE}api/v1/${name}`;

/** Asks for `name`, as in `incidents?state=open`. Throws `ApiError`. */
export async function get<T>(name: string, signal?: AbortSignal): Promise<T> {
  return answered<T>(await asked(name, signal === undefined ? {} : { signal }));
}

/** Sends `body` as JSON, or as CSV or plain text if it is a text. Throws `ApiError`. */
export async function send<T>(method: string, name: string, body?: object | string, type = 'text/plain'): Promise<T> {
  if (body === undefined) return answered<T>(await asked(name, { method }));
  const isText = typeof body === 'string';
  const headers = { 'content-type': isText ? type : 'application/json' };
  return answered<T>(await asked(name, { method, headers, body: isText ? body : JSON.stringify(body) }));
}

async function asked(name: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(apiUrl(name), init);
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiError(0, words.noAnswer);
  }
}

async function answered<T>(response: Response): Promise<T> {
  const text = await response.text();
  const body = text === '' ? null : parsed(text);
  if (response.ok) return body as T;
  if (response.status === 401 && path.value !== '/login') toLogin();
  const { detail = `${response.status} ${response.statusText}`, problems = [] } = (body ?? {}) as {
    detail?: string;
    problems?: string[];
  };
  throw new ApiError(response.status, detail, problems);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { detail: text.slice(0, 300) };
  }
}

/** Asks who it is, and comes back to this page. */
export function toLogin(): void {
  open('/login', new URLSearchParams([['then', whole.value]]), true);
}
