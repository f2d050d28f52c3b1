/** Programs in place of those that a test cannot have: the service's own command, sudo, systemctl and a switch behind ssh. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WITHOUT_TAP } from '../without-tap.ts';
import { ROOT } from './blocks.ts';

const SCRIPTS: Readonly<Record<string, string>> = {
  // `doctor` ends with 3 where something is wrong, as it is on this machine.
  'quovadis-watch': `env ${WITHOUT_TAP.join(' ')} '${process.execPath}' '${join(ROOT, 'src/main.ts')}' "$@"
code=$?
if [ "$1" = doctor ] && [ "$code" = 3 ]; then code=0; fi
exit "$code"`,
  sudo: 'exec "$@"',
  // It knows the units of deploy/systemd and no others.
  systemctl: `verb=$1
shift
case $verb in
daemon-reload | status | start | stop | restart | reload | enable) ;;
*) echo "systemctl: unknown verb $verb" >&2; exit 1 ;;
esac
for unit in "$@"; do
  case $unit in
  --*) continue ;;
  *.*) ;;
  *) unit=$unit.service ;;
  esac
  if [ ! -f '${join(ROOT, 'deploy/systemd')}'/"$unit" ]; then echo "systemctl: no unit $unit" >&2; exit 1; fi
done`,
  // A switch: its prompt, and what is typed.
  ssh: 'while read -r typed; do echo "$2#$typed"; done',
};

/** Writes them into a folder, which goes first on the path. */
export function writeStandIns(folder: string): void {
  mkdirSync(folder);
  for (const [name, script] of Object.entries(SCRIPTS))
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}
