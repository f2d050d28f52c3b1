/** The devices to repair as an inventory of Ansible, with what to do at each as variables for the modules of cisco.ios. */
import { Document, Scalar } from 'yaml';
import type { RepairTask } from '../core/fleet/repair-tasks.ts';

const HEAD = ` The devices to repair, the most urgent first. Use it with: ansible-playbook -i FILE PLAYBOOK
 quovadis_config: lines for cisco.ios.ios_config; quovadis_exec: commands for cisco.ios.ios_command, afterwards.`;

/** What a task becomes, in this order; null values and empty lists are left out. */
const VARIABLES: readonly (readonly [name: string, of: (task: RepairTask) => string | readonly string[] | null])[] = [
  ['ansible_host', ({ address, hostname, device }) => address ?? hostname ?? device],
  ['quovadis_device', ({ device }) => device],
  ['quovadis_serial', ({ serial }) => serial],
  ['quovadis_product', ({ pid }) => pid],
  ['quovadis_release', ({ release }) => release],
  ['quovadis_plant', ({ plant }) => plant],
  ['quovadis_incident', ({ incident }) => incident],
  ['quovadis_state', ({ state }) => state],
  ['quovadis_severity', ({ severity }) => severity],
  ['quovadis_diagnosis', ({ diagnosis }) => diagnosis],
  ['quovadis_grace_until', ({ graceUntil, graceUntilAtMost }) => graceUntil ?? graceUntilAtMost],
  ['quovadis_upgrade_to', ({ fixedIn }) => fixedIn],
  ['quovadis_config', ({ commands }) => modesOf(commands).config],
  ['quovadis_exec', ({ commands }) => modesOf(commands).exec],
  ['quovadis_checks', ({ checks }) => checks],
];

export const ansibleVariables = VARIABLES.map(([name]) => name);

/**
 * YAML with one group, `quovadis`. Names and texts may come from the network: each text is `!unsafe`, so that Ansible does not
 * evaluate it as a template (Ansible, "Unsafe or raw strings"), and a host has only letters that no pattern of hosts has.
 */
export function tasksAnsible(tasks: readonly RepairTask[]): string {
  const hosts = new Map<Scalar, Record<string, unknown>>();
  const names = new Set<string>();
  for (const task of tasks) {
    const variables = VARIABLES.flatMap(([name, of]) => {
      const value = of(task);
      return value === null || value.length === 0 ? [] : [[name, unsafe(value)] as const];
    });
    hosts.set(quoted(hostName(task.device, names)), Object.fromEntries(variables));
  }
  const vars = { ansible_connection: 'ansible.netcommon.network_cli', ansible_network_os: 'cisco.ios.ios' };
  const document = new Document({ quovadis: { vars, hosts } });
  document.commentBefore = HEAD;
  return document.toString({ lineWidth: 0, ...(tasks.length === 0 ? { flowCollectionPadding: false } : {}) });
}

function unsafe(value: string | readonly string[]): Scalar | Scalar[] {
  if (typeof value !== 'string') return value.map((text) => unsafe(text) as Scalar);
  const scalar = quoted(value);
  scalar.tag = '!unsafe';
  return scalar;
}

/** Ansible reads YAML 1.1, in which `no`, `1_0` and `2026-01-02` without quotes are no texts. */
function quoted(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

/** A host of Ansible must not look like a pattern or a template; two devices stay two hosts. Adds the name to `taken`. */
function hostName(device: string, taken: Set<string>): string {
  const plain = device.replace(/[^\w.-]/g, '_').replace(/^[-.]/, '_');
  let name = plain;
  for (let number = 2; taken.has(name); number++) name = `${plain}_${number}`;
  taken.add(name);
  return name;
}

/** Splits what is typed at a terminal by its mode: the lines between `config t` and the last `exit` or `end` are configuration. */
export function modesOf(commands: readonly string[]): { config: string[]; exec: string[] } {
  const modes = { config: [] as string[], exec: [] as string[] };
  let isConfig = false;
  for (const command of commands) {
    if (/^conf\S*\s+t\S*$/i.test(command)) isConfig = true;
    else if (isConfig && /^(?:exit|end)$/i.test(command)) isConfig = false;
    else modes[isConfig ? 'config' : 'exec'].push(command);
  }
  return modes;
}
