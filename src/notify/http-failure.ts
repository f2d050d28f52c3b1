/** Why a request failed, and addresses as a log may have them. */

/** The address that a name leads to is not one that notices may be sent to. */
export class RefusedAddress extends Error {
  constructor(host: string, address: string) {
    super(`${host} leads to ${address}, which is not a public address; if it is meant, set allowPrivate: true`);
  }
}

/** Origin and path only: user, password and query may be secrets. */
export function redactUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** The reason of an error in one line of at most 500 characters. undici has the reason in `cause`. */
export function failureReason(error: unknown): string {
  const { message, cause, code } = error as Error & { code?: string };
  const inner = cause instanceof Error ? `: ${cause.message}` : '';
  return `${message === '' ? (code ?? 'no answer') : message}${inner}`.replace(/\s+/g, ' ').slice(0, 500);
}
