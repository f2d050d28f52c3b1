import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import { printableLines } from '../printable.ts';
import type { Log } from '../telemetry/log.ts';
import type { LogFormat } from '../telemetry/text-log.ts';
import { lackingNodeOptions } from './node-options.ts';
import { ServiceSignals } from './service-signals.ts';

type Options = {
  config?: string;
  data?: string;
  udp?: string;
  tcp?: string;
  tls?: string;
  relp?: string;
  http?: string;
  insecure?: boolean;
  logLevel?: string;
  logFormat?: string;
};

/** After SIGTERM or SIGINT the service stores the received lines; after this time the process ends in any case. */
const DRAIN_MS = 10_000;
/** How long the last message to systemd may take. */
const NOTIFY_MS = 1000;

/** Runs the service until a signal arrives or the service fails. `early`: has noted signals since the start of the process. */
export async function serve(options: Options, early: ServiceSignals | null): Promise<void> {
  const signals = early ?? new ServiceSignals();
  // A start that takes longer is not waited for: what it has stored is whole, and it has promised nothing.
  signals.onStop(() => setTimeout(() => process.exit(0), DRAIN_MS).unref());
  const [
    { startService },
    { default: closeWithGrace },
    { openLog },
    { SystemdNotifier },
    { settingsOf },
    { startBlock },
  ] = await Promise.all([
    import('../app.ts'),
    import('close-with-grace'),
    import('../telemetry/log.ts'),
    import('../systemd/notifier.ts'),
    import('./service-settings.ts'),
    import('./start-block.ts'),
  ]);
  const sources = { file: options.config, environment: process.env, flags: flagsOf(options), flagNames };
  const { config, read, warn, sockets } = await settingsOf(sources, process.pid);
  const format = logFormat(config.log.format, process.stdout, process.env);
  const log = openLog(config.log.level, format);
  sayLacking(log, sockets.size > 0);
  const systemd = new SystemdNotifier({ environment: process.env, pid: process.pid, log });
  warn(config, log);
  const service = await startService(config, log, {}, async () => warn(await read(), log), {
    sockets,
    onReload: (state) => (state === null ? systemd.reloading() : systemd.ready(state)),
  });
  // The log and the metrics say what is wrong with the configuration.
  signals.onReload(() => void service.reload().catch(() => {}));
  const stop = async () => {
    systemd.stopping();
    try {
      await service.stop();
      log.info('stopped');
      // What systemd was told last is on its way; nobody waits for systemd.
      await Promise.race([systemd.end(), delay(NOTIFY_MS, undefined, { ref: false })]);
    } finally {
      await log.end();
    }
  };
  if (signals.asked !== null) {
    log.info({ signal: signals.asked }, 'stopping: it was asked to while it started');
    await stop();
    signals.end();
    return;
  }
  log.info({ ...service.addresses, data: config.data }, 'listening');
  if (format.kind === 'text' && process.stdout.isTTY) log.print(printableLines(startBlock(service, config)));
  systemd.ready('listening');
  const grace = closeWithGrace(
    {
      skip: ['SIGHUP', 'SIGTERM', 'SIGINT'],
      delay: DRAIN_MS,
      logger: { error: (message: unknown) => log.error(String(message)) },
    },
    async ({ err }) => {
      if (err) log.error({ err }, 'stopping after a failure');
      await stop();
    },
  );
  signals.onStop(
    (signal) => {
      log.info({ signal }, 'stopping');
      void grace.close();
    },
    (signal) => log.info({ signal }, `stopping already: it takes ${DRAIN_MS / 1000} s at most`),
  );
  const failure = await service.failed;
  log.error({ err: failure }, 'the pipeline failed: stopping');
  grace.uninstall();
  setTimeout(() => process.exit(1), DRAIN_MS).unref();
  systemd.stopping();
  await service.stop();
  await log.end();
  throw failure;
}

/** `isPassed`: systemd has passed sockets, which the process would lose if it started itself anew. */
function sayLacking(log: Pick<Log, 'warn'>, isPassed: boolean): void {
  const lacking = lackingNodeOptions();
  if (lacking.length === 0) return;
  log.warn(
    { lacking },
    isPassed
      ? 'with sockets of systemd the service cannot start itself with these options of Node.js: start it so'
      : 'this Node.js cannot start itself with these options: start it so',
  );
}

/** `auto` is text at a terminal. Colours are for terminals, unless `NO_COLOR` is set (no-color.org). */
function logFormat(
  format: Config['log']['format'],
  { isTTY }: Pick<NodeJS.WriteStream, 'isTTY'>,
  { NO_COLOR = '' }: NodeJS.ProcessEnv,
): LogFormat {
  const isText = format === 'text' || (format === 'auto' && isTTY);
  return isText ? { kind: 'text', colors: isTTY && NO_COLOR === '' } : { kind: 'json' };
}

const PATHS = {
  data: 'data',
  udp: 'syslog.udp',
  tcp: 'syslog.tcp',
  tls: 'syslog.tls.listen',
  relp: 'syslog.relp.listen',
  http: 'http.listen',
  insecure: 'http.insecure',
  logLevel: 'log.level',
  logFormat: 'log.format',
} as const;

/** As they are written: `--log-level`. */
const flagNames = Object.fromEntries(
  Object.entries(PATHS).map(([name, path]) => [
    path,
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  ]),
);

function flagsOf(options: Options): Record<string, string> {
  const flags: Record<string, string> = {};
  for (const [name, path] of Object.entries(PATHS)) {
    const text = options[name as keyof typeof PATHS];
    if (text !== undefined) flags[path] = String(text);
  }
  return flags;
}
