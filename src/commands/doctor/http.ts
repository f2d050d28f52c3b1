import { get } from 'node:http';
import { get as getTls } from 'node:https';

const TIMEOUT_MS = 5000;
const MOST_BYTES = 65_536;

/** The answer to a GET; null if nothing answers. A certificate is not checked: nothing secret is sent. */
export function answerOf(url: string): Promise<{ status: number; body: string } | null> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT_MS, rejectUnauthorized: false, agent: false as const };
    const request = (url.startsWith('https:') ? getTls : get)(url, options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body = (body + part).slice(0, MOST_BYTES);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', () => resolve(null));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(null));
  });
}
