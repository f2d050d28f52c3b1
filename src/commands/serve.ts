import closeWithGrace from 'close-with-grace';
import { startService } from '../app.ts';
import { check } from '../config/check.ts';
import { exposureWarning } from '../config/exposure.ts';
import type { Config } from '../config/schema.ts';
import { openLog } from '../telemetry/log.ts';
import { withNodeOptions } from './node-options.ts';

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
};

/** After SIGTERM or SIGINT the service stores the received lines; after this time the process ends in any case. */
const DRAIN_MS = 10_000;

/** Runs the service until a signal arrives or the service fails. */
export async function serve(options: Options): Promise<void> {
  const lacking = withNodeOptions();
  let listen: string | null = null;
  const flags = flagsOf(options);
  const read = async () => {
    const sources = { file: options.config, environment: process.env, flags, flagNames };
    return (await check({ ...sources, untimely: 'allowed', bound: () => listen }, Date.now())).config;
  };
  const config = await read();
  listen = config.http.listen;
  const log = openLog(config.log.level);
  if (lacking.length > 0) log.warn({ lacking }, 'this Node.js cannot start itself with these options: start it so');
  const warned = (next: Config) => {
    const exposed = exposureWarning(next.http, listen);
    if (exposed !== null) log.warn(exposed);
    return next;
  };
  const service = await startService(warned(config), log, {}, async () => warned(await read()));
  // The log and the metrics say what is wrong with the configuration.
  process.on('SIGHUP', () => void service.reload().catch(() => {}));
  log.info({ ...service.addresses, data: config.data }, 'listening');
  const grace = closeWithGrace(
    { skip: ['SIGHUP'], delay: DRAIN_MS, logger: { error: (message: unknown) => log.error(String(message)) } },
    async ({ err, signal }) => {
      if (err) log.error({ err }, 'stopping after a failure');
      else log.info({ signal }, 'stopping');
      try {
        await service.stop();
        log.info('stopped');
      } finally {
        await log.end();
      }
    },
  );
  const failure = await service.failed;
  log.error({ err: failure }, 'the pipeline failed: stopping');
  grace.uninstall();
  await service.stop();
  await log.end();
  throw failure;
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
