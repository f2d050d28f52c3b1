/** Under Trusted Types, the URL of a worker has to come from a policy. This one knows one URL. */
type Policy = { createScriptURL(url: string): string };
type Factory = { createPolicy(name: string, rules: Policy): Policy };

const URL_OF_WORKER = new URL('worker.js', import.meta.url).href;

export function workerUrl(): string {
  const { trustedTypes } = globalThis as { trustedTypes?: Factory };
  return (
    trustedTypes?.createPolicy('quovadis-worker', { createScriptURL: () => URL_OF_WORKER }).createScriptURL('') ??
    URL_OF_WORKER
  );
}
