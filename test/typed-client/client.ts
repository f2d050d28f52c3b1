/** A program that uses the API with the types of its document: what an answer has, and what a request needs, is checked. */
import createClient from 'openapi-fetch';
import type { components, paths } from './api.gen.ts';

type Incident = components['schemas']['ListedIncident'];

const clientAt = (api: string) => createClient<paths>({ baseUrl: api });

/** All incidents of a state, page by page. */
export async function incidentsIn(api: string, state: 'suspected' | 'confirmed'): Promise<Incident[]> {
  const client = clientAt(api);
  const found: Incident[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = { state: [state], limit: 1, ...(cursor === undefined ? {} : { cursor }) };
    const { data, error } = await client.GET('/api/v1/incidents', { params: { query } });
    if (data === undefined) throw new Error(error.detail);
    // The list can be had as CSV, too.
    if (typeof data === 'string') throw new Error('this is no JSON');
    found.push(...data.incidents);
    if (data.next === null) return found;
    cursor = data.next;
  }
}

/** Acknowledges an incident and returns its state; the reason where that is refused. */
export async function acknowledge(api: string, id: string, by: string): Promise<string> {
  const { data, error } = await clientAt(api).POST('/api/v1/incidents/{id}/acknowledge', {
    params: { path: { id } },
    body: { by, text: 'seen' },
  });
  return data === undefined ? `${error.status}: ${error.detail}` : data.state;
}

/** Whether a release is affected. */
export async function isAffected(api: string, release: string, product: string): Promise<string | undefined> {
  const { data } = await clientAt(api).GET('/api/v1/advisories', { params: { query: { release, product } } });
  return data?.affected?.status;
}

/** What the compiler refuses. */
export function refusedByTheCompiler(api: string): void {
  const client = clientAt(api);
  // @ts-expect-error there is no such path
  void client.GET('/api/v1/incident');
  // @ts-expect-error the id is missing
  void client.GET('/api/v1/incidents/{id}', {});
  // @ts-expect-error there is no such parameter
  void client.GET('/api/v1/messages', { params: { query: { colour: 'red' } } });
  // @ts-expect-error the limit is a number
  void client.GET('/api/v1/messages', { params: { query: { limit: 'many' } } });
}
