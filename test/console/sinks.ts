/** Webhooks, for the console: one that takes what it gets, and one that refuses it. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { temporaryDirectory } from '../given.ts';

export type Hooks = {
  readonly sinks: Config['sinks'];
  /** The one that refuses takes everything from now on. */
  readonly accept: () => void;
};

/** The sinks `taking` and `refusing`; the second answers 410, so that its notices are given up at once. */
export async function webhooks(t: Test): Promise<Hooks> {
  let refuses = true;
  const hook = createServer((request, response) => {
    request.resume();
    response.statusCode = request.url === '/refusing' && refuses ? 410 : 204;
    response.end();
  });
  hook.listen(0, '127.0.0.1');
  await once(hook, 'listening');
  t.teardown(() => hook.close());
  const { port } = hook.address() as AddressInfo;
  const sink = (name: string) => ({
    ...{ kind: 'webhook', name, url: `http://127.0.0.1:${port}/${name}`, allowPrivate: true },
    secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
  });
  const file = join(temporaryDirectory(t), 'sinks.yaml');
  writeFileSync(file, JSON.stringify({ sinks: [sink('taking'), sink('refusing')] }));
  const { sinks } = loadConfig({ file, environment: {}, flags: {} });
  const accept = () => {
    refuses = false;
  };
  return { sinks, accept };
}
