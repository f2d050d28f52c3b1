import { STATUS_CODES } from 'node:http';

export const PROBLEM = 'application/problem+json';

/** RFC 9457. */
export type Problem = {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Each thing that is wrong, if there are several. */
  readonly problems?: readonly string[];
};

export function problem(status: number, detail: string, all: readonly string[] = []): Problem {
  const problems = all.length > 1 ? { problems: all } : {};
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, ...problems };
}
