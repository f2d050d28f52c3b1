/** What `serve` is configured with: the file, the environment, the flags, and the sockets that systemd passes. */
import { valueAt } from '../config/any-value.ts';
import { exposureWarning, requireProtected } from '../config/exposure.ts';
import { listenAddress, loadConfig, type Settings } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { type Listener, passedSockets, type TakenSocket, takeSockets, textOf } from '../systemd/passed-sockets.ts';
import type { Log } from '../telemetry/log.ts';

/** What can take a socket of systemd, and the key of its address. */
const LISTENERS = {
  ...{ udp: 'syslog.udp', tcp: 'syslog.tcp', tls: 'syslog.tls.listen', relp: 'syslog.relp.listen' },
  http: 'http.listen',
} as const;

export type ServiceSettings = {
  readonly config: Config;
  /** Reads the configuration again. */
  readonly read: () => Config;
  /** Logs what is risky about a configuration, and gives it back. */
  readonly warn: (config: Config, log: Pick<Log, 'warn'>) => Config;
  /** The descriptors of the sockets that were taken, by listener. */
  readonly sockets: ReadonlyMap<string, number>;
};

/**
 * Throws what is wrong, also with the sockets. A listener with a socket listens where the socket does, whatever the
 * configuration says: its key has that value.
 */
export function settingsOf(
  file: string | undefined,
  flags: Settings,
  environment: NodeJS.ProcessEnv,
  pid: number,
): ServiceSettings {
  const taken = socketsFor(environment, pid, () => loadConfig({ file, environment, flags }));
  const bound = Object.fromEntries(taken.map(({ key, address }) => [key, textOf(address)]));
  let listen: string | null = null;
  const read = () => {
    const next = loadConfig({ file, environment, flags: { ...flags, ...bound } });
    requireProtected(next.http, listen);
    return next;
  };
  const config = read();
  listen = config.http.listen;
  return {
    config,
    read,
    warn: (next, log) => {
      const exposed = exposureWarning(next.http, listen);
      if (exposed !== null) log.warn(exposed);
      return next;
    },
    sockets: new Map(taken.map(({ name, fd }) => [name, fd])),
  };
}

/** Takes the variables out of the environment: programs that the service starts do not inherit the sockets. */
function socketsFor(environment: NodeJS.ProcessEnv, pid: number, load: () => Config): readonly TakenSocket[] {
  const passed = passedSockets(environment, pid);
  if (passed.length === 0) return [];
  const config = load();
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete environment[name];
  return takeSockets(passed, listenersOf(config));
}

function listenersOf(config: Config): Listener[] {
  return Object.entries(LISTENERS).map(([name, key]) => ({
    ...{ name, key, kind: name === 'udp' ? 'udp' : 'tcp' },
    address: listenAddress((valueAt(config, key) as string | null | undefined) ?? null),
  }));
}
