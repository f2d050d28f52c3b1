import { get } from 'node:http';
import { get as getTls } from 'node:https';

const TIMEOUT_MS = 5000;
const MOST_BYTES = 65_536;

export type Answer = { readonly status: number; readonly body: string };
/** `connected`: something listens there, but gave no answer in HTTP. `why`: an error code, or `no answer in 5 s`. */
export type NoAnswer = { readonly status: null; readonly connected: boolean; readonly why: string };

/** The answer to a GET. A certificate is not checked: nothing secret is sent. */
export function answerOf(url: string): Promise<Answer | NoAnswer> {
  return new Promise((resolve) => {
    let connected = false;
    const failed = (why: string) => resolve({ status: null, connected, why });
    const byError = (error: NodeJS.ErrnoException) => failed(error.code ?? error.message);
    const options = { timeout: TIMEOUT_MS, rejectUnauthorized: false, agent: false as const };
    const request = (url.startsWith('https:') ? getTls : get)(url, options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body = (body + part).slice(0, MOST_BYTES);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', byError);
    });
    request.on('socket', (socket) => {
      // Of TLS too, this is the connection of TCP.
      socket.on('connect', () => {
        connected = true;
      });
    });
    request.on('timeout', () => {
      failed(`no answer in ${TIMEOUT_MS / 1000} s`);
      request.destroy();
    });
    request.on('error', byError);
  });
}
