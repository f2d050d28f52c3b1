import fc from 'fast-check';
import t from 'tap';
import { readProxyHeader } from '../../../src/core/frame/proxy-header.ts';
import { limits } from '../../../src/core/model/limits.ts';
import { binaryHeader, textHeader } from '../../receive/proxy-headers.ts';

const read = (text: string) => readProxyHeader(Buffer.from(text, 'latin1'));

t.test('readProxyHeader() reads the lines of version 1', async (t) => {
  for (const [line, source] of [
    ['PROXY TCP4 192.0.2.7 192.0.2.1 56324 5514\r\n', '192.0.2.7'],
    ['PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n', '255.255.255.255'],
    ['PROXY TCP6 2001:db8::7 2001:db8::1 56324 5514\r\n', '2001:db8::7'],
    ['PROXY UNKNOWN\r\n', null],
    ['PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n', null],
    [`PROXY UNKNOWN ${'x'.repeat(91)}\r\n`, null],
  ] as const) {
    t.same(read(`${line}<187>a: b`), { source, end: line.length }, line);
  }
});

t.test('readProxyHeader() takes no other line for one', async (t) => {
  for (const line of [
    '<187>a: b\n',
    'proxy TCP4 192.0.2.7 192.0.2.1 56324 5514\r\n',
    'PROXY TCP4 192.0.2.7 192.0.2.1 56324 5514\n',
    'PROXY TCP4 192.0.2.7 192.0.2.1 56324 5514 \r\n',
    'PROXY TCP4  192.0.2.7 192.0.2.1 56324 5514\r\n',
    'PROXY TCP4 192.0.2.256 192.0.2.1 56324 5514\r\n',
    'PROXY TCP4 192.0.2.07 192.0.2.1 56324 5514\r\n',
    'PROXY TCP4 2001:db8::7 2001:db8::1 56324 5514\r\n',
    'PROXY TCP6 192.0.2.7 192.0.2.1 56324 5514\r\n',
    'PROXY TCP4 192.0.2.7 192.0.2.1 65536 5514\r\n',
    'PROXY TCP4 192.0.2.7 192.0.2.1 05 5514\r\n',
    'PROXY UDP4 192.0.2.7 192.0.2.1 56324 5514\r\n',
    'PROXY UNKNOWNS\r\n',
    `PROXY UNKNOWN ${'x'.repeat(92)}\r\n`,
    `PROXY ${'x'.repeat(120)}`,
  ]) {
    t.equal(read(line), 'none', line);
  }
});

t.test('readProxyHeader() reads version 2: families, commands, what is behind the addresses', async (t) => {
  const more = Buffer.from('<187>a: b');
  const rows: readonly (readonly [string, Parameters<typeof binaryHeader>[0], string | null])[] = [
    ['IPv4', { source: '192.0.2.7' }, '192.0.2.7'],
    ['IPv4 over UDP', { source: '192.0.2.7', protocol: 2 }, '192.0.2.7'],
    ['IPv6', { source: '2001:db8:0:0:0:0:0:7' }, '2001:db8:0:0:0:0:0:7'],
    ['with what a balancer adds', { source: '192.0.2.7', tlvs: 300 }, '192.0.2.7'],
    ['its own check', { source: '192.0.2.7', command: 0 }, null],
    ['its own check, without addresses', { source: null, command: 0 }, null],
    ['of a family that it does not say', { source: null, command: 1 }, null],
    ['of a Unix socket', { source: null, command: 1, family: 3, protocol: 1, tlvs: 216 }, null],
  ];
  for (const [why, form, source] of rows) {
    const header = binaryHeader(form);
    t.same(readProxyHeader(Buffer.concat([header, more])), { source, end: header.length }, why);
  }
});

t.test('readProxyHeader() takes no other bytes for version 2', async (t) => {
  const good = binaryHeader({ source: '192.0.2.7' });
  const broken = (at: number, byte: number) => {
    const bytes = Buffer.from(good);
    bytes[at] = byte;
    return bytes;
  };
  for (const [why, bytes] of [
    ['another mark', broken(11, 0)],
    ['version 1', broken(12, 0x11)],
    ['version 3', broken(12, 0x31)],
    ['an unknown command', broken(12, 0x22)],
    ['an unknown family', broken(13, 0x41)],
    ['an unknown protocol', broken(13, 0x13)],
    ['addresses that do not fit into it', broken(15, 11)],
    ['IPv6 in the length of IPv4', broken(13, 0x21)],
    ['longer than the limit', broken(14, 0xff)],
  ] as const) {
    t.equal(readProxyHeader(bytes), 'none', why);
  }
  t.equal(readProxyHeader(binaryHeader({ source: '192.0.2.7', tlvs: limits.proxyHeaderBytes })), 'none');
});

const octet = fc.integer({ min: 0, max: 255 });
const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
const source = fc.oneof(
  fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.')),
  fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':')),
);
const header = fc.oneof(
  source.map((address) => [textHeader(address), address] as const),
  fc.record({ source, tlvs: fc.nat(500) }).map((form) => [binaryHeader(form), form.source] as const),
);

t.test('readProxyHeader() reads any header, whatever follows, and waits before its last byte', async () => {
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 40 }), ([bytes, address], behind) => {
      const found = readProxyHeader(Buffer.concat([bytes, behind]));
      const isWhole = typeof found === 'object' && found.source === address && found.end === bytes.length;
      return (
        isWhole && Array.from(bytes, (_, end) => readProxyHeader(bytes.subarray(0, end))).every((r) => r === 'unsure')
      );
    }),
  );
});

t.test('readProxyHeader() never throws, and does not wait for ever', async () => {
  const changed = fc.tuple(header, fc.nat(), octet).map(([[bytes], at, byte]) => {
    const other = Buffer.from(bytes);
    other[at % other.length] = byte;
    return other;
  });
  fc.assert(
    fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      const full = Buffer.concat([bytes, Buffer.alloc(limits.proxyHeaderBytes, 1)]);
      return readProxyHeader(full) !== 'unsure' && readProxyHeader(Buffer.from(bytes)) !== undefined;
    }),
    { numRuns: 2000 },
  );
});
