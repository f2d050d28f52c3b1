import type { FastifyRequest } from 'fastify';

/** Whether a browser has asked by https: the port speaks TLS, or a proxy does that has the name of `http.publicUrl`. */
export function isSecure({ protocol, headers }: FastifyRequest, publicUrl: string | null): boolean {
  if (protocol === 'https') return true;
  if (publicUrl === null || !URL.canParse(publicUrl)) return false;
  const url = new URL(publicUrl);
  return url.protocol === 'https:' && (url.host === headers.host || headers['x-forwarded-proto'] === 'https');
}
