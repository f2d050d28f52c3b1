import type { FastifyRequest } from 'fastify';

/** Whether a browser has asked by https: the port speaks TLS, or a proxy does that has the name of `http.publicUrl`. */
export function isSecure({ protocol, headers }: FastifyRequest, publicUrl: string | null): boolean {
  if (protocol === 'https') return true;
  if (publicUrl === null || !URL.canParse(publicUrl)) return false;
  const url = new URL(publicUrl);
  return url.protocol === 'https:' && (url.host === headers.host || headers['x-forwarded-proto'] === 'https');
}

/** The headers that matter to documents only, as helmet calls them. */
export function ofDocuments(isGiven: boolean) {
  return {
    crossOriginOpenerPolicy: isGiven,
    originAgentCluster: isGiven,
    referrerPolicy: isGiven,
    xDnsPrefetchControl: isGiven,
    xDownloadOptions: isGiven,
    xFrameOptions: isGiven,
    xPermittedCrossDomainPolicies: isGiven,
    xXssProtection: isGiven,
  };
}

/** For the route of a page, which sets a policy of its own: see `console/shell.ts` and `routes/runbook.ts`. */
export const PAGE = ofDocuments(true);
