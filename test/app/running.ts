/** A service under test: in this process, or as the child that an operator would start. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { type Service, startService } from '../../src/app.ts';
import type { Clock } from '../../src/clock-watch.ts';
import { type Config, defaults } from '../../src/config/schema.ts';
import type { OpenLog } from '../../src/telemetry/log.ts';
import { temporaryDirectory } from '../given.ts';

export const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export type Running = Service & { readonly api: string; readonly logged: readonly Record<string, unknown>[] };

/** Starts a service on free loopback ports; it stops with the test. */
export async function running(t: Pick<Test, 'teardown'>, over: Partial<Config> = {}, clock?: Clock): Promise<Running> {
  const logged: Record<string, unknown>[] = [];
  const take = (fields: unknown, msg?: string) => {
    logged.push(typeof fields === 'string' ? { msg: fields } : { ...(fields as object), msg });
  };
  const log = { info: take, warn: take, error: take, debug: take, dropped: () => 0 } as unknown as OpenLog;
  const config: Config = {
    ...defaults,
    data: temporaryDirectory(t),
    syslog: { ...defaults.syslog, udp: '127.0.0.1:0', tcp: '127.0.0.1:0' },
    http: { ...defaults.http, listen: '127.0.0.1:0' },
    ...over,
  };
  const service = await startService(config, log, clock);
  t.teardown(() => service.stop());
  return { ...service, api: `http://127.0.0.1:${service.addresses.http?.port}`, logged };
}

export type Child = {
  readonly process: ChildProcessWithoutNullStreams;
  readonly ports: { udp: number; tcp: number; tls: number | null; http: number };
  readonly api: string;
  readonly exit: Promise<number | null>;
};

/** `serve` as a process of its own, once it says that it listens. */
export async function child(t: Pick<Test, 'teardown'>, data: string, ...more: readonly string[]): Promise<Child> {
  const free = '127.0.0.1:0';
  const args = [MAIN, 'serve', '--data', data, '--udp', free, '--tcp', free, '--http', free, ...more];
  return listening(t, spawn(process.execPath, args));
}

/** The same of a process that the test has started itself: `serve`, with all addresses but that of TLS. */
export async function listening(t: Pick<Test, 'teardown'>, process_: ChildProcessWithoutNullStreams): Promise<Child> {
  t.teardown(() => process_.kill('SIGKILL'));
  const exit = once(process_, 'exit').then(([code]) => code as number | null);
  for await (const line of createInterface({ input: process_.stdout })) {
    const entry = JSON.parse(line);
    if (entry.msg !== 'listening') continue;
    process_.stdout.resume();
    const ports = { udp: entry.udp.port, tcp: entry.tcp.port, tls: entry.tls?.port ?? null, http: entry.http.port };
    return { process: process_, ports, api: `http://127.0.0.1:${ports.http}`, exit };
  }
  throw new Error(`serve ended before it listened: exit code ${await exit}`);
}

export async function get<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

export type Listed = { id: string; device: string; state: string; severity: string; score: number; evidence: number };

export const incidentsOf = async (api: string): Promise<Listed[]> =>
  (await get<{ incidents: Listed[] }>(`${api}/api/v1/incidents`)).incidents;

const BETWEEN_QUESTIONS_MS = 10;

/** Asks until it is so. What never becomes so ends with the test's own time limit. */
export async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
    // Between two questions the service goes on, also where it is in this process.
    await pause(BETWEEN_QUESTIONS_MS);
  }
}

/** One sample of the metrics text; 0 where it is missing. */
export async function metric(api: string, name: string): Promise<number> {
  const text = await (await fetch(`${api}/metrics`)).text();
  const line = text.split('\n').find((sample) => sample.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

/** Below the ports that Linux gives to whoever asks for any. */
const [FIRST_PORT, END_OF_PORTS] = [16_384, 32_768];

/**
 * A free loopback port, for a program that cannot choose a free port itself, or that comes back to its own. No connection and no
 * listener on port 0 takes it meanwhile.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, END_OF_PORTS);
    const server = createServer();
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening');
    } catch (error) {
      if ((error as { code?: string }).code !== 'EADDRINUSE') throw error;
      continue;
    }
    await once(server.close(), 'close');
    return port;
  }
}

/** A program of Debian's that a test talks to, ended with the test. Resolves once `isUp` does not reject. */
export async function peer(
  t: Test,
  program: string,
  args: readonly string[],
  isUp: () => Promise<unknown>,
): Promise<Peer> {
  const process_ = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  process_.stderr.on('data', (text: Buffer) => {
    said = `${said}${text}`.slice(-4000);
  });
  const exit = once(process_, 'exit');
  t.teardown(async () => {
    process_.kill('SIGKILL');
    await exit;
  });
  let ended = false;
  exit.then(() => {
    ended = true;
  });
  await until(
    () =>
      isUp().then(
        () => true,
        () => new Promise<boolean>((resolve) => setImmediate(() => resolve(false))),
      ),
    (up) => {
      if (ended) throw new Error(`${program} ended: ${said}`);
      return up;
    },
  );
  const stop = async () => {
    process_.kill('SIGTERM');
    await exit;
  };
  return { stop };
}

export type Peer = { readonly stop: () => Promise<void> };
