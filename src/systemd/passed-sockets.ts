/** Sockets that systemd has opened and passes (sd_listen_fds(3)): ports below 1024 need no capability then. */
import { readFileSync, readlinkSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { OperatingError } from '../errors.ts';

type Address = { readonly host: string; readonly port: number };

/** `name`: of `FileDescriptorName=`; by default it is that of the socket unit. */
export type PassedSocket = {
  readonly fd: number;
  readonly name: string;
  /** `other`: neither UDP nor listening TCP. */
  readonly kind: 'udp' | 'tcp' | 'other';
  readonly address: Address | null;
};

/** What can take a socket. `name`: what a socket may be called (`udp`); `key`: of the configuration; `address`: null if it is off. */
export type Listener = {
  readonly name: string;
  readonly key: string;
  readonly kind: 'udp' | 'tcp';
  readonly address: Address | null;
};

/** A socket that a listener takes. */
export type TakenSocket = {
  readonly name: string;
  readonly key: string;
  readonly fd: number;
  readonly address: Address;
};

/** The first passed descriptor; those of stdin, stdout and stderr are before it. */
const FIRST = 3;

/** Whether systemd has passed sockets to this process. Its children inherit the variables, but not the sockets. */
export function hasPassedSockets({ LISTEN_PID, LISTEN_FDS }: NodeJS.ProcessEnv, pid: number): boolean {
  return LISTEN_PID === String(pid) && /^[1-9]\d{0,3}$/.test(LISTEN_FDS ?? '');
}

/** The sockets that were passed to this process, as they are; none is opened, read or closed by this. */
export function passedSockets(environment: NodeJS.ProcessEnv, pid: number): PassedSocket[] {
  if (!hasPassedSockets(environment, pid)) return [];
  const names = (environment['LISTEN_FDNAMES'] ?? '').split(':');
  const known = systemSockets();
  return Array.from({ length: Number(environment['LISTEN_FDS']) }, (_, index) => {
    const fd = FIRST + index;
    const [, inode = ''] = /^socket:\[(\d+)\]$/.exec(linkOf(fd)) ?? [];
    return { fd, name: names[index] ?? '', ...(known.get(inode) ?? { kind: 'other', address: null }) };
  });
}

/**
 * Which listener takes which socket: the one that the socket is named after, else the one with its type and address. Throws
 * `QVW_CONFIG_INVALID` for a socket that none takes.
 */
export function takeSockets(sockets: readonly PassedSocket[], listeners: readonly Listener[]): TakenSocket[] {
  const taken = new Map<string, TakenSocket>();
  const refused: string[] = [];
  // Also what LISTEN_FDS promises and is not there: thousands, if somebody else has set it.
  const [other, ...more] = sockets.filter(({ kind }) => kind === 'other');
  if (other !== undefined)
    refused.push(
      `the socket ${wordsOf(other)}${more.length > 0 ? ` and ${more.length} more` : ''} that systemd passes: it is no UDP socket and no listening TCP socket: use ListenDatagram= or ListenStream= with Accept=no, and as many as LISTEN_FDS says`,
    );
  const known = sockets.filter(({ kind }) => kind !== 'other');
  const ofName = ({ name }: PassedSocket) => listeners.find((listener) => listener.name === name);
  // The named ones first: they leave the others what nobody has asked for by name.
  for (const socket of known.sort((a, b) => Number(ofName(b) !== undefined) - Number(ofName(a) !== undefined))) {
    const { fd, address } = socket;
    const named = ofName(socket);
    const listener = named ?? listeners.find((each) => fits(socket, each));
    const problem = problemOf(socket, listener, taken);
    if (problem !== null) refused.push(`the socket ${wordsOf(socket)} that systemd passes: ${problem}`);
    else if (listener !== undefined && address !== null)
      taken.set(listener.name, { name: listener.name, key: listener.key, fd, address });
  }
  if (refused.length > 0) throw OperatingError.of('QVW_CONFIG_INVALID', refused);
  return [...taken.values()];

  function problemOf({ kind }: PassedSocket, listener: Listener | undefined, taken: ReadonlyMap<string, unknown>) {
    if (listener === undefined)
      return `no listener has this type and address (${listeners.map(wordsOfListener).join(', ')}): name it by FileDescriptorName=${listeners.map(({ name }) => name).join('|')}, or configure its address`;
    if (listener.kind !== kind)
      return `${listener.name} needs a ${listener.kind === 'udp' ? 'ListenDatagram=' : 'ListenStream='} socket`;
    if (listener.address === null) return `${listener.key} is off: configure it, or stop the socket unit`;
    return taken.has(listener.name)
      ? `${listener.key} has another socket already: one is enough, [::] takes IPv4 as well`
      : null;
  }
}

/** Same type, same port; the same host, or all hosts. */
function fits({ kind, address }: PassedSocket, listener: Listener): boolean {
  if (kind !== listener.kind || address === null || listener.address === null) return false;
  const [own, wanted] = [hostOf(address), hostOf(listener.address)];
  return address.port === listener.address.port && (own === wanted || (own === '::' && wanted === '0.0.0.0'));
}

function hostOf({ host }: Address): string {
  if (host === 'localhost') return '127.0.0.1';
  return isIPv6(host) ? new URL(`http://[${host}]`).hostname.slice(1, -1) : host;
}

function wordsOf({ fd, name, kind, address }: PassedSocket): string {
  const what = address === null ? kind : `${kind} ${textOf(address)}`;
  return `${fd} (${name === '' ? '' : `"${name.replace(/[^\w.@-]/g, '?')}", `}${what})`;
}

function wordsOfListener({ key, kind, address }: Listener): string {
  return `${key} ${address === null ? 'off' : `${kind} ${textOf(address)}`}`;
}

/** As the configuration writes it. */
export function textOf({ host, port }: Address): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function linkOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // There is none: `LISTEN_FDS` promises more than there are. It is refused as no socket.
    return '';
  }
}

const LISTENING = '0A';

/** The UDP sockets and the listening TCP sockets of this network namespace, by inode. */
function systemSockets(): Map<string, Pick<PassedSocket, 'kind' | 'address'>> {
  const found = new Map<string, Pick<PassedSocket, 'kind' | 'address'>>();
  for (const [file, kind] of [
    ['udp', 'udp'],
    ['udp6', 'udp'],
    ['tcp', 'tcp'],
    ['tcp6', 'tcp'],
  ] as const) {
    for (const row of tableOf(`/proc/net/${file}`)) {
      const [, local = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/);
      const address = addressOf(local);
      if (address !== null && (kind === 'udp' || state === LISTENING)) found.set(inode, { kind, address });
    }
  }
  return found;
}

function tableOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(1);
  } catch {
    // Without IPv6 there are no tables of it.
    return [];
  }
}

/** `0100007F:1F90` is 127.0.0.1:8080: words of four bytes in the order of the machine, the port in that of the network. */
function addressOf(text: string): Address | null {
  const [, host = '', port = ''] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(text) ?? [];
  if (host === '') return null;
  const bytes = (host.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  return {
    host: bytes.length === 4 ? bytes.map((byte) => Number.parseInt(byte, 16)).join('.') : ipv6OfHex(bytes),
    port: Number.parseInt(port, 16),
  };
}

/** Sixteen bytes in hexadecimal as an IPv6 address in its short form (RFC 5952). */
function ipv6OfHex(bytes: readonly string[]): string {
  const groups = Array.from({ length: 8 }, (_, index) => `${bytes[2 * index]}${bytes[2 * index + 1]}`);
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
