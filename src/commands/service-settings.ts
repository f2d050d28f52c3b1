/** What `serve` is configured with: the file, the environment, the flags, and the sockets that systemd passes. */
import { valueAt } from '../config/any-value.ts';
import { check } from '../config/check.ts';
import { type BoundHttp, exposureWarning } from '../config/exposure.ts';
import { examine, listenAddress, type Sources } from '../config/load.ts';
import { openSecretsWarning } from '../config/open-secrets.ts';
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
  readonly read: () => Promise<Config>;
  /** Logs what is risky about a configuration, and gives it back. */
  readonly warn: (config: Config, log: Pick<Log, 'warn'>) => Config;
  /** The descriptors of the sockets that were taken, by listener. */
  readonly sockets: ReadonlyMap<string, number>;
};

/**
 * Throws what is wrong, also with the sockets. A listener with a socket listens where the socket does, whatever the
 * configuration says: its key has that value.
 */
export async function settingsOf(sources: Sources, pid: number): Promise<ServiceSettings> {
  const taken = socketsFor(sources, pid);
  const { flags, flagNames } = sources;
  const all = {
    ...sources,
    flags: { ...flags, ...Object.fromEntries(taken.map(({ key, address }) => [key, textOf(address)])) },
    flagNames: {
      ...flagNames,
      ...Object.fromEntries(taken.map(({ key, fd }) => [key, `the socket ${fd} of systemd`])),
    },
  };
  let bound: BoundHttp | null = null;
  let used: Config | null = null;
  let emptyFile: 'problem' | 'allowed' = 'allowed';
  const read = async () => {
    const asked = { ...all, untimely: 'allowed', bound, used, emptyFile } as const;
    const { config, isEmpty } = await check(asked, Date.now());
    used = config;
    if (!isEmpty) emptyFile = 'problem';
    return config;
  };
  const config = await read();
  bound = { listen: config.http.listen, hasTls: config.http.tls !== null };
  return {
    config,
    read,
    warn: (next, log) => {
      const exposed = exposureWarning(next.http, bound);
      if (exposed !== null) log.warn(exposed);
      const open = openSecretsWarning(next);
      if (open !== null) log.warn(open);
      return next;
    },
    sockets: new Map(taken.map(({ name, fd }) => [name, fd])),
  };
}

/**
 * None while the configuration is not valid: whoever reads it says why. Takes the variables out of the environment: programs that
 * the service starts do not inherit the sockets.
 */
function socketsFor(sources: Sources, pid: number): readonly TakenSocket[] {
  const { environment } = sources;
  const passed = passedSockets(environment, pid);
  if (passed.length === 0) return [];
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete environment[name];
  const { config, problems } = examine(sources);
  return problems.length > 0 ? [] : takeSockets(passed, listenersOf(config));
}

function listenersOf(config: Config): Listener[] {
  return Object.entries(LISTENERS).map(([name, key]) => ({
    ...{ name, key, kind: name === 'udp' ? 'udp' : 'tcp' },
    address: listenAddress((valueAt(config, key) as string | null | undefined) ?? null),
  }));
}
