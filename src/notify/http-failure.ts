/** The reason of a failed request, and URLs without their secrets, both for logs. */
import { beginning } from '../core/model/shortened.ts';

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
  return inOneLine(`${message === '' ? (code ?? 'no answer') : message}${inner}`, 500);
}

/** What somebody else has said, in one line of at most `most` characters, as every database keeps it. */
export function inOneLine(text: string, most: number): string {
  return beginning(text.replace(/[\s\0]+/g, ' '), most);
}
