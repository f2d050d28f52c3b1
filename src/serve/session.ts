/**
 * The session of a browser: a cookie that stands for a token. It holds role, name and end, signed with a key that is derived
 * from that token, so that it survives a restart and dies with its token. The service stores nothing.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** `read`: also that of a wall screen. Times are milliseconds. */
export type Session = { readonly role: 'read' | 'write'; readonly name: string; readonly until: number };

const DAY = 86_400_000;
/** How long a session lasts, by its role. */
export const SESSION_MS = { read: 30 * DAY, write: DAY / 2 } as const;

/**
 * The names of the cookie. A browser keeps the cookies of all ports of a host together, and of all paths: the name says where this
 * service is, by its public URL, or else by the port that is asked (`host`), so that a log-in at one service ends no session of
 * another one. A cookie with the prefix `__Host-` is taken only over https, for this host and all paths (RFC 6265bis §4.1.3.2).
 */
export function cookieNames(host: string | undefined, publicUrl: string | null): { secure: string; plain: string } {
  const asked = [publicUrl ?? '', `http://${host ?? ''}`].find((url) => URL.canParse(url));
  const { port = '', pathname = '' } = asked === undefined ? {} : new URL(asked);
  const parts = [port, ...pathname.split('/')].filter((part) => part !== '');
  const place = parts.map((part) => `-${part.replaceAll(/[^\w.-]/g, '_')}`).join('');
  return { secure: `__Host-quovadis${place}`, plain: `quovadis${place}` };
}

export function sealed(session: Session, token: string): string {
  const body = Buffer.from(JSON.stringify(session)).toString('base64url');
  return `${body}.${signature(body, token).toString('base64url')}`;
}

/** The session of a cookie that was sealed with one of these tokens and has not ended; null for any other text. */
export function opened(
  cookie: string,
  tokens: { readonly readTokens: readonly string[]; readonly writeTokens: readonly string[] },
  now: number,
): Session | null {
  const [body = '', given = '', ...more] = cookie.split('.');
  if (more.length > 0) return null;
  const isOf = (token: string) => isSame(signature(body, token), Buffer.from(given, 'base64url'));
  // All are tried, so that the time says nothing about which one it was.
  const writes = tokens.writeTokens.map(isOf).includes(true);
  const reads = tokens.readTokens.map(isOf).includes(true);
  if (!writes && !reads) return null;
  const session = sessionOf(Buffer.from(body, 'base64url').toString());
  if (session === null || session.until <= now) return null;
  return session.role === 'write' && !writes ? null : session;
}

/** Who has a token can seal any text with it. */
function sessionOf(text: string): Session | null {
  let value: Partial<Session> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { role, name, until } = value;
  const isWhole = (role === 'read' || role === 'write') && typeof name === 'string' && Number.isFinite(until);
  return isWhole ? (value as Session) : null;
}

function signature(body: string, token: string): Buffer {
  const key = Buffer.from(hkdfSync('sha256', token, '', 'quovadis-watch session', 32));
  return createHmac('sha256', key).update(body).digest();
}

function isSame(wanted: Buffer, given: Buffer): boolean {
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}
