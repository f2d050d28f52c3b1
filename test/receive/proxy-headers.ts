/** Headers of the PROXY protocol, as balancers write them. */

export function textHeader(source: string): Buffer {
  const [family, own] = source.includes(':') ? ['TCP6', '2001:db8::1'] : ['TCP4', '192.0.2.1'];
  return Buffer.from(`PROXY ${family} ${source} ${own} 56324 5514\r\n`);
}

type Form = {
  /** Of an IPv6 address, all eight groups; null: no addresses. */
  readonly source: string | null;
  readonly command?: number;
  readonly family?: number;
  readonly protocol?: number;
  /** So many bytes behind the addresses. */
  readonly tlvs?: number;
};

export function binaryHeader({ source, command = 1, family, protocol, tlvs = 0 }: Form): Buffer {
  const address = source === null ? Buffer.alloc(0) : addressBytes(source);
  const kind = family ?? { 0: 0, 4: 1, 16: 2 }[address.length] ?? 0;
  const addresses = source === null ? address : Buffer.concat([address, address, Buffer.from([0xdc, 4, 0x15, 0x8a])]);
  const body = Buffer.concat([addresses, Buffer.alloc(tlvs, 4)]);
  const head = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0, 0, 0, 0]);
  head.writeUInt8(0x20 + command, 12);
  head.writeUInt8(kind * 16 + (protocol ?? (source === null ? 0 : 1)), 13);
  head.writeUInt16BE(Math.min(0xffff, body.length), 14);
  return Buffer.concat([head, body]);
}

function addressBytes(source: string): Buffer {
  if (!source.includes(':')) return Buffer.from(source.split('.').map(Number));
  const bytes = Buffer.alloc(16);
  for (const [index, group] of source.split(':').entries()) bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  return bytes;
}
