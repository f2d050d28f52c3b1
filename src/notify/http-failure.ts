/** The reason of a failed request, and URLs without their secrets, both for logs. */

/** A host name leads to an address to which the service must not send notices. */
export class RefusedAddress extends Error {
  constructor(host: string, address: string) {
    super(
      `${host} leads to ${address}, which is not a public address; if you mean this address, set allowPrivate: true`,
    );
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
