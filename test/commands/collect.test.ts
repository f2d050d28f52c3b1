/** The ways to collect captures that docs/captures.md names, word by word: its shell loop, and its playbook under Ansible. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { captureTexts } from '../../src/commands/capture-files.ts';
import { readCapture } from '../../src/core/capture/capture.ts';
import { advisory, temporaryDirectory } from '../given.ts';
import { missing } from '../missing.ts';

const page = readFileSync(new URL('../../docs/captures.md', import.meta.url), 'utf8');
/** The first block of this kind behind a text. */
function block(kind: string, behind: string): string {
  const [, text] = page.slice(page.indexOf(behind)).match(new RegExp(`\`\`\`${kind}\n([^]*?)\`\`\``)) ?? [];
  if (text === undefined) throw new Error(`docs/captures.md has no ${kind} behind ${behind}`);
  return text;
}

const OUTPUTS: Readonly<Record<string, string>> = {
  'show clock detail': '06:00:00.000 UTC Mon Feb 7 2022\nTime source is NTP',
  'show version':
    'Cisco IOS Software [Amsterdam], IE3x00 Switch Software (IE3x00-UNIVERSALK9-M), Version 17.3.3, RELEASE SOFTWARE (fc7)',
  'show license all':
    'Smart Licensing Status\n======================\n\nSmart Licensing is ENABLED\n\nTransport:\n  Type: Callhome',
  'show crypto pki trustpool': [
    ...[
      'CA Certificate',
      '  Status: Available',
      '  Certificate Serial Number (hex): 0509',
      '  Certificate Usage: Signature',
    ],
    ...['  Issuer:', '    cn=QuoVadis Root CA 2', '  Subject:', '    cn=QuoVadis Root CA 2', '  Validity Date:'],
    ...[
      '    start date: 18:27:00 UTC Nov 24 2006',
      '    end   date: 18:23:33 UTC Nov 24 2031',
      '  Trustpool: Built-In',
    ],
  ].join('\n'),
};

/** What is read of the files that were collected. */
async function collected(folder: string) {
  const read = [];
  for await (const each of captureTexts([folder])) {
    if ('why' in each) throw new Error(each.why);
    const { captures, refused } = readCapture(each.text, advisory);
    for (const { device, takenAt, sections, facts } of captures)
      read.push({
        ...{ device: device ?? each.reachedAs ?? each.fileOf, takenAt: takenAt?.at, refused },
        sections: sections.map(({ kind }) => kind),
        release: facts.find(({ kind }) => kind === 'release')?.text.includes('17.3.3'),
        newRoot: facts.flatMap((fact) => (fact.kind === 'trustpool' ? fact.reading.newRoot : [])),
      });
  }
  return read;
}

const wanted = (device: string) => ({
  ...{ device, takenAt: Date.parse('2022-02-07T06:00:00Z'), refused: [] },
  sections: ['clock', 'version', 'license-all', 'trustpool'],
  ...{ release: true, newRoot: ['absent'] },
});

t.test('the shell loop collects a capture of each switch, which is read', async (t) => {
  const folder = temporaryDirectory(t);
  mkdirSync(join(folder, 'bin'));
  // In place of ssh: a switch that prints its prompt, what is typed, and the output.
  for (const [command, output] of Object.entries(OUTPUTS)) writeFileSync(join(folder, 'bin', command), `${output}\n`);
  const ssh = join(folder, 'bin', 'ssh');
  writeFileSync(
    ssh,
    `#!/bin/sh\nwhile read -r typed; do\n  echo "$2#$typed"\n  if [ -f "\${0%/*}/$typed" ]; then cat "\${0%/*}/$typed"; fi\ndone\n`,
  );
  chmodSync(ssh, 0o755);
  writeFileSync(join(folder, 'switches.txt'), 'sw-a\nsw-b\n');
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` };
  execFileSync('sh', ['-eu', '-c', block('sh', 'With a shell and SSH')], { cwd: folder, env });
  t.strictSame(await collected(join(folder, 'captures')), [wanted('sw-a'), wanted('sw-b')]);
});

/** In place of the module of the collection: it answers as the module does, without a switch. */
const MODULE = `
import json
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule(argument_spec=dict(commands=dict(type='list', elements='raw', required=True)))
outputs = json.loads('''${JSON.stringify(OUTPUTS).replaceAll('\\', '\\\\')}''')
shown = [outputs[command] for command in module.params['commands']]
module.exit_json(changed=False, stdout=shown, stdout_lines=[each.split('\\n') for each in shown])
`;

t.test(
  'the playbook collects a capture of each switch, which is read',
  { skip: missing('ansible-playbook', 'ansible-core') },
  async (t) => {
    const folder = temporaryDirectory(t);
    const modules = join(folder, 'collections/ansible_collections/cisco/ios/plugins/modules');
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(modules, 'ios_command.py'), MODULE);
    writeFileSync(join(folder, 'collect.yml'), block('yaml', 'With Ansible'));
    writeFileSync(
      join(folder, 'hosts'),
      '[switches]\nsw-a\nsw-b\n[switches:vars]\nansible_connection=local\nansible_python_interpreter=/usr/bin/python3\n',
    );
    const env = {
      ...process.env,
      ANSIBLE_COLLECTIONS_PATH: join(folder, 'collections'),
      ANSIBLE_HOME: folder,
      LC_ALL: 'C.UTF-8',
    };
    const { stdout, status } = spawnSync('ansible-playbook', ['-i', 'hosts', 'collect.yml'], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    t.equal(status, 0, stdout);
    t.strictSame(await collected(join(folder, 'captures')), [wanted('sw-a'), wanted('sw-b')]);
  },
);
