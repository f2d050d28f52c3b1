/** The HTTP API of the service. */
import { signal } from '@preact/signals';
import { cameEarly, isEarly } from './live/missed.ts';
import { BASE, open, path, whole } from './router.ts';
import { tickForAnswer } from './time.ts';
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

/** How often the service has said that whoever asks may not do that. */
export const denials = signal(0);

/** How often somebody has logged in here. An answer to what was asked before a log-in says nothing of the session after it. */
export const logins = signal(0);

export const apiUrl = (name: string): string => `${BASE}api/v1/${name}`;

/** Nobody waits longer for what is only read, and for what is written; a long text has a second more for each 16,000 characters. */
const PATIENCE_MS = { read: 30_000, write: 60_000, character: 1 / 16 };

/** Asks for `name`, as in `incidents?state=open`. Throws `ApiError`. */
export async function get<T>(name: string, signal?: AbortSignal): Promise<T> {
  const late = AbortSignal.timeout(PATIENCE_MS.read);
  return asked<T>(name, { signal: signal === undefined ? late : AbortSignal.any([signal, late]) });
}

/** Sends `body` as JSON, or as CSV or plain text if it is a text, or bytes as they are. Throws `ApiError`. */
export async function send<T>(method: string, name: string, body?: object | string, type = 'text/plain'): Promise<T> {
  if (body === undefined) return asked<T>(name, { method, signal: AbortSignal.timeout(PATIENCE_MS.write) });
  const signal = (size: number) => AbortSignal.timeout(PATIENCE_MS.write + Math.round(size * PATIENCE_MS.character));
  if (body instanceof Blob)
    return asked<T>(name, { method, headers: { 'content-type': body.type }, body, signal: signal(body.size) });
  const [text, sent] = typeof body === 'string' ? [body, type] : [JSON.stringify(body), 'application/json'];
  return asked<T>(name, { method, headers: { 'content-type': sent }, body: text, signal: signal(text.length) });
}

async function asked<T>(name: string, init: RequestInit): Promise<T> {
  let response: Response;
  let text: string;
  const asker = logins.peek();
  // Who asks is no data that changes.
  const early = init.method === undefined && name !== 'session' && isEarly();
  try {
    response = await fetch(apiUrl(name), init);
    text = await response.text();
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    if (early) cameEarly(null);
    throw new ApiError(0, init.method === undefined ? words.noAnswer : words.notKnownDone);
  }
  if (early) cameEarly(response.ok ? response.headers.get('feed-position') : null);
  tickForAnswer();
  const body = objectIn(text);
  if (response.ok) {
    // A proxy may answer in the place of the service, with a page and status 200.
    if (body === null) throw new ApiError(0, words.noAnswer);
    return body as T;
  }
  if (response.status === 401 && asker === logins.peek() && path.value !== '/login') toLogin();
  if (response.status === 403) denials.value++;
  const said: { detail?: string; problems?: string[] } = body ?? (text === '' ? {} : { detail: text.slice(0, 300) });
  const { detail = `${response.status} ${response.statusText}`, problems = [] } = said;
  throw new ApiError(response.status, detail, problems);
}

/** What the API answers is always an object in JSON; null: it is another text. */
function objectIn(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/** Asks who it is, and comes back to this page. */
export function toLogin(): void {
  open('/login', new URLSearchParams([['then', whole.value]]), true);
}
