/**
 * The header of the PROXY protocol, versions 1 and 2: a balancer says with it whose connection it passes on
 * (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt).
 */
import { limits } from '../model/limits.ts';
import { CR, LF } from './record.ts';

/**
 * `source`: the address of the sender, as text in any spelling; null: the balancer speaks for itself, or does not say for whom.
 * `end`: where the bytes of the sender begin.
 */
export type ProxyHeader = { readonly source: string | null; readonly end: number };

const TEXT = Buffer.from('PROXY ');
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Version 1, its CR LF included. */
const TEXT_BYTES = 107;
/** Version 2, before the addresses. */
const HEAD_BYTES = 16;

/** The header at the beginning of a connection; `unsure`: more bytes are needed. `none`: they are no header. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | 'unsure' | 'none' {
  if (beginsWith(bytes, TEXT)) return bytes.length < TEXT.length ? 'unsure' : readText(bytes);
  if (beginsWith(bytes, SIGNATURE)) return bytes.length < HEAD_BYTES ? 'unsure' : readBinary(bytes);
  return 'none';
}

/** Whether the bytes are the mark, or the beginning of it. */
function beginsWith(bytes: Buffer, mark: Buffer): boolean {
  const length = Math.min(bytes.length, mark.length);
  return bytes.compare(mark, 0, length, 0, length) === 0;
}

const PORT = '(?:0|[1-9]\\d{0,4})';
const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`;
const IPV6 = '[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*';
const LINE = new RegExp(
  `^PROXY (?:TCP4 (?<v4>${IPV4}) ${IPV4} (?<p4>${PORT} ${PORT})|TCP6 (?<v6>${IPV6}) ${IPV6} (?<p6>${PORT} ${PORT})|UNKNOWN(?: [^\\r\\n]*)?)$`,
);

function readText(bytes: Buffer): ProxyHeader | 'unsure' | 'none' {
  const at = bytes.subarray(0, TEXT_BYTES).indexOf(LF);
  if (at === -1) return bytes.length < TEXT_BYTES ? 'unsure' : 'none';
  const groups = bytes[at - 1] === CR ? LINE.exec(bytes.toString('latin1', 0, at - 1)) : null;
  if (groups === null) return 'none';
  const { v4, v6, p4, p6 } = groups.groups ?? {};
  const ports = (p4 ?? p6)?.split(' ').map(Number) ?? [];
  return ports.some((port) => port > 65_535) ? 'none' : { source: v4 ?? v6 ?? null, end: at + 1 };
}

/** The bytes of one address, by the number of its family. Others are passed over. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 1: 4, 2: 16 };
const PORTS_BYTES = 4;
/** The highest numbers of the commands, families and protocols that there are. */
const [LAST_COMMAND, LAST_FAMILY, LAST_PROTOCOL] = [1, 3, 2];

function readBinary(bytes: Buffer): ProxyHeader | 'unsure' | 'none' {
  const [versionAndCommand, familyAndProtocol] = [bytes.readUInt8(12), bytes.readUInt8(13)];
  const [command, family, protocol] = [versionAndCommand & 15, familyAndProtocol >> 4, familyAndProtocol & 15];
  if (versionAndCommand >> 4 !== 2 || command > LAST_COMMAND) return 'none';
  if (family > LAST_FAMILY || protocol > LAST_PROTOCOL) return 'none';
  const end = HEAD_BYTES + bytes.readUInt16BE(14);
  if (end > limits.proxyHeaderBytes) return 'none';
  const each = ADDRESS_BYTES[family] ?? 0;
  const isSaid = command === 1 && each > 0 && protocol > 0;
  if (isSaid && end < HEAD_BYTES + 2 * each + PORTS_BYTES) return 'none';
  // What is behind the addresses (TLVs) is passed over.
  if (bytes.length < end) return 'unsure';
  return { source: isSaid ? addressOf(bytes.subarray(HEAD_BYTES, HEAD_BYTES + each)) : null, end };
}

function addressOf(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':');
}
