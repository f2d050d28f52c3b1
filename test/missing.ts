import { spawnSync } from 'node:child_process';

/** Why a test is skipped, or false if its program is there. */
export function missing(program: string, debianPackage: string): string | false {
  const found = spawnSync('sh', ['-c', `command -v ${program}`], {
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
  });
  return found.status === 0 ? false : `${program} is not installed (Debian package ${debianPackage})`;
}
