import { hostname } from 'node:os';

/** The name of this instance of the service: by default that of the host. */
export function instanceOf({ instance }: { readonly instance: string | null }): string {
  return instance ?? hostname();
}
