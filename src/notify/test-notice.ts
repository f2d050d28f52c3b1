/** Test notices: each kind of sink says how one looks; it is about no incident and is not stored or counted. */
import { failureReason, inOneLine } from './http-failure.ts';
import type { Post } from './http-post.ts';

/** One request of a test. */
export type TestPost = {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** `status`: of the answer; null without one. `error`: why it did not succeed; null if it did. */
export type TestAnswer = { readonly url: string; readonly status: number | null; readonly error: string | null };

/** `delivered`: every request was answered with 2xx. */
export type SinkTest = { readonly delivered: boolean; readonly answers: readonly TestAnswer[] };

export const TEST_SUMMARY = 'Test notice of quovadis-watch: nothing is wrong';
export const TEST_DESCRIPTION =
  'Somebody has asked quovadis-watch to send this, to see whether notices arrive. It is about no device and no incident.';

/** Sends the requests one after the other, and never rejects. */
export async function sendTest(posts: readonly TestPost[], post: Post): Promise<SinkTest> {
  const answers: TestAnswer[] = [];
  for (const { url, body, headers } of posts) answers.push(await answerOf(url, () => post(url, body, headers)));
  return { delivered: answers.every(({ error }) => error === null), answers };
}

async function answerOf(url: string, send: () => ReturnType<Post>): Promise<TestAnswer> {
  // The path may be a secret, too.
  const shown = new URL(url).origin;
  try {
    const { status, text } = await send();
    const isTaken = status >= 200 && status < 300;
    const said = text === '' ? '' : `: ${inOneLine(text, 300)}`;
    return { url: shown, status, error: isTaken ? null : `HTTP ${status}${said}` };
  } catch (error) {
    return { url: shown, status: null, error: failureReason(error) };
  }
}
