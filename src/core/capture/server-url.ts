import { serverOfHost } from '../advisory/server-of-host.ts';
import type { Statement } from './fact.ts';
import type { CaptureAdvisory } from './reading.ts';

/** The place of an address: CSLU's own key says that the server is CSLU, or an On-Prem in its place. */
type Of = 'cslu' | 'other';

/** The statement of a server's address; null for a text that is no address, or was cut in it. */
export function serverAt(url: string, of: Of, advisory: CaptureAdvisory): Statement | null {
  const [, host] = /^https?:\/\/(?:[^/@\s]*@)?(\[[0-9a-f:.]+\]|[\w.-]*\w)(?::\d+)?(?:[/?#]\S*)?$/i.exec(url) ?? [];
  if (host === undefined) return null;
  const server = serverOfHost(host.toLowerCase(), advisory);
  return { kind: 'server', url, server: of === 'cslu' && server === 'own' ? 'cslu' : server };
}
