/** Programs that take syslog over TCP and write it to a file, for the head-to-head on connections. */
import { once } from 'node:events';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { versionOf } from './contestants.ts';
import { end, processorSeconds, start } from './processes.ts';
import { findSyslogNg } from './syslog-ng.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const WAIT_MS = 60_000;

/** A program that listens. `took` resolves once it has written so many bytes. */
export type Relay = {
  readonly port: number;
  readonly took: (bytes: number) => Promise<void>;
  readonly processor: () => number;
  readonly stop: () => Promise<void>;
};
export type RelayProgram = {
  readonly name: string;
  readonly does: string;
  readonly version: string | null;
  readonly open: () => Promise<Relay>;
};

export function relaysIn(directory: string): readonly RelayProgram[] {
  const output = join(directory, 'relayed');
  const syslogNg = findSyslogNg(directory);
  const rsyslogConfig = join(directory, 'rsyslog.conf');
  return [
    {
      name: 'syslog-ng',
      does: 'lines into a file',
      version: syslogNg?.version ?? null,
      open: () =>
        openRelay(output, (port) => ({
          command: syslogNg?.command(`${here}syslog-ng/relay.conf`) ?? [],
          environment: { ...syslogNg?.environment, port: String(port), output },
        })),
    },
    {
      name: 'rsyslog',
      does: 'lines into a file',
      version: versionOf('rsyslogd', '-v'),
      open: () =>
        openRelay(output, (port) => {
          writeFileSync(rsyslogConfig, rsyslogText(port, output, directory));
          return {
            command: ['rsyslogd', '-n', '-f', rsyslogConfig, '-i', join(directory, 'rsyslog.pid')],
            environment: {},
          };
        }),
    },
  ];
}

function rsyslogText(port: number, output: string, directory: string): string {
  return `global(workDirectory="${directory}" maxMessageSize="8k")
module(load="imtcp" maxSessions="200")
template(name="asItIs" type="string" string="%rawmsg%\\n")
ruleset(name="out") { action(type="omfile" file="${output}" template="asItIs") }
input(type="imtcp" address="127.0.0.1" port="${port}" ruleset="out")
`;
}

type Launch = { readonly command: readonly string[]; readonly environment: NodeJS.ProcessEnv };

async function openRelay(output: string, launch: (port: number) => Launch): Promise<Relay> {
  rmSync(output, { force: true });
  const port = await freePort();
  const { command, environment } = launch(port);
  const [program = '', ...args] = command;
  const child = start(program, args, { stdio: 'ignore', env: { ...process.env, ...environment } });
  const relay: Relay = {
    port,
    took: (bytes) => until(() => (statSync(output, { throwIfNoEntry: false })?.size ?? 0) >= bytes),
    processor: () => processorSeconds(child.pid as number),
    stop: () => end(child),
  };
  try {
    await until(() => listens(port));
    return relay;
  } catch (error) {
    await relay.stop();
    throw error;
  }
}

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  for (const started = performance.now(); performance.now() - started < WAIT_MS; await delay(10)) {
    if (await done()) return;
  }
  throw new Error(`a relay did not do what it should within ${WAIT_MS / 1000} s`);
}

async function listens(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a listener has an address');
  return address.port;
}
