import type { Serving } from './serving.ts';

/** `problem`: why lines cannot be stored; null: they can. `detail`: what people should look at nevertheless. */
export type Ready = { readonly problem: string | null; readonly detail?: string };

/** What `/readyz` says. */
export async function readyNow({ readiness, store }: Pick<Serving, 'readiness' | 'store'>): Promise<Ready> {
  const problem = await readiness.problem();
  if (problem !== null) return { problem };
  const setAside = await store.countSetAside();
  if (setAside === 0) return { problem };
  const devices = setAside === 1 ? '1 device is' : `${setAside} devices are`;
  return { problem, detail: `${devices} set aside: see the log of the service for their names` };
}
