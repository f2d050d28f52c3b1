/**
 * Where syslog-ng is. Debian lets only one syslog daemon be installed, so its packages may also have been unpacked into a
 * directory that BENCH_SYSLOG_NG names: `apt-get download PACKAGE`, `dpkg -x PACKAGE DIRECTORY`, for syslog-ng-core,
 * libivykis0, libnet1, libpcre3, libwrap0 and libglib2.0-0.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export type SyslogNg = {
  readonly version: string;
  readonly environment: NodeJS.ProcessEnv;
  /** In the foreground, with all that it writes of itself in the bench's directory. */
  readonly command: (config: string) => readonly string[];
};

export function findSyslogNg(directory: string): SyslogNg | null {
  const unpacked = process.env['BENCH_SYSLOG_NG'];
  const { program, environment, modules } = unpacked === undefined ? installed : unpackedIn(unpacked);
  const { error, stdout } = spawnSync(program, ['--version'], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  const version = error === undefined ? /\((\d+\.\d+[\w.]*)\)/.exec(stdout)?.[1] : undefined;
  if (version === undefined) return null;
  const own = (name: string) => join(directory, `syslog-ng.${name}`);
  return {
    version,
    environment,
    command: (config) => [
      ...[program, '--foreground', '--no-caps', '--cfgfile', config, ...modules],
      ...['--persist-file', own('persist'), '--control', own('ctl'), '--pidfile', own('pid')],
    ],
  };
}

type Found = { program: string; environment: NodeJS.ProcessEnv; modules: readonly string[] };

const installed: Found = { program: 'syslog-ng', environment: {}, modules: [] };

function unpackedIn(root: string): Found {
  const own = join(root, 'usr/lib/syslog-ng');
  const modules = existsSync(own) ? readdirSync(own).find((name) => /^\d/.test(name)) : undefined;
  const libraries = [own, ...['usr/lib', 'lib'].map((path) => join(root, path, 'x86_64-linux-gnu'))];
  return {
    program: join(root, 'usr/sbin/syslog-ng'),
    environment: { LD_LIBRARY_PATH: libraries.join(':') },
    modules: modules === undefined ? [] : ['--module-path', join(own, modules)],
  };
}
