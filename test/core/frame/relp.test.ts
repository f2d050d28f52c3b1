import fc from 'fast-check';
import t from 'tap';
import { answerToOffers, type RelpFrame, RelpFramer, relpFrame, relpRecord } from '../../../src/core/frame/relp.ts';
import { limits } from '../../../src/core/model/limits.ts';

const text = ({ bytes, start, end }: RelpFrame) => bytes.toString('latin1', start, end);
const told = (frame: RelpFrame) => `${frame.txnr} ${frame.command} ${text(frame)}${frame.truncated ? ' (cut)' : ''}`;

/** The frames of a stream that comes in chunks which end at these places, and what broke it. */
function read(stream: Buffer, cuts: readonly number[] = []) {
  const framer = new RelpFramer();
  const frames: string[] = [];
  const ends = [...new Set(cuts.map((cut) => cut % (stream.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const end of [...ends, stream.length]) {
    frames.push(...framer.push(stream.subarray(from, end)).map(told));
    from = end;
  }
  return { frames, broken: framer.broken };
}

t.test('RelpFramer.push() reads the frames that librelp sends', async (t) => {
  const offers = 'relp_version=0\nrelp_software=librelp,1.11.0,http://librelp.adiscon.com\ncommands=syslog';
  const stream = `1 open ${offers.length} ${offers}\n2 syslog 7 <1>a: b\n3 syslog 0\n4 close 0\n0 serverclose 0 \n`;
  t.same(read(Buffer.from(stream)), {
    frames: [`1 open ${offers}`, '2 syslog <1>a: b', '3 syslog ', '4 close ', '0 serverclose '],
    broken: null,
  });
});

t.test('RelpFramer.push() cuts long data at the limit, reads it to its end, and goes on behind it', async (t) => {
  for (const more of [0, 1, 2, 70_000]) {
    const data = Buffer.alloc(limits.frameBytes + more, 'x');
    const stream = Buffer.concat([relpFrame(8, 'syslog', data), relpFrame(9, 'syslog', 'next')]);
    const expected = `8 syslog ${'x'.repeat(limits.frameBytes)}${more > 0 ? ' (cut)' : ''}`;
    for (const size of [1000, 65_536, stream.length]) {
      const cuts = Array.from({ length: Math.ceil(stream.length / size) }, (_, index) => index * size);
      t.same(read(stream, cuts), { frames: [expected, '9 syslog next'], broken: null }, `${more} more, by ${size}`);
    }
  }
});

t.test('RelpFramer says what is no frame, and reads nothing behind it', async (t) => {
  const good = '1 syslog 1 a\n';
  for (const bad of [
    '<187>1: a line\n',
    '16 03 01',
    '1234567890 syslog 1 a\n',
    '1 syslog 1234567890 a\n',
    '1 syslog 1a\n',
    '1 syslog 3 a\n\n',
    '1 syslog 1 ab\n',
    '1 syslog 1\n',
    '1 syslog -1 a\n',
    '1 sys1og 1 a\n',
    `1 ${'s'.repeat(33)} 1 a\n`,
    '1  1 a\n',
    '\n',
    ' 1 syslog 1 a\n',
  ]) {
    const { frames, broken } = read(Buffer.from(`${good}${bad}${good}`));
    t.same(frames, ['1 syslog a'], bad);
    t.match(broken, /^(a frame has no |no blank is behind )/, bad);
  }
});

t.test('RelpFramer.push() gives the same frames for any division into chunks', async () => {
  const frame = fc.record({
    txnr: fc.integer({ min: 0, max: 999_999_999 }),
    command: fc.constantFrom('open', 'syslog', 'close', 'x', 'Z'.repeat(32)),
    data: fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .integer({ min: limits.frameBytes - 2, max: limits.frameBytes + 40 })
        .map((length) => Buffer.alloc(length, 'y')),
    ),
  });
  const cuts = fc.array(fc.nat(40_000), { maxLength: 30 });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), cuts, fc.boolean(), (frames, places, byByte) => {
      const stream = Buffer.concat(
        frames.map(({ txnr, command, data }) => relpFrame(txnr, command, Buffer.from(data))),
      );
      const whole = read(stream);
      const expected = frames.map(({ txnr, command, data }) => {
        const kept = Buffer.from(data).subarray(0, limits.frameBytes).toString('latin1');
        return `${txnr} ${command} ${kept}${data.length > limits.frameBytes ? ' (cut)' : ''}`;
      });
      const all = byByte && stream.length < 2000 ? Array.from(stream, (_, index) => index) : places;
      const parts = read(stream, all);
      return (
        whole.broken === null &&
        JSON.stringify(whole.frames) === JSON.stringify(expected) &&
        JSON.stringify(parts) === JSON.stringify(whole)
      );
    }),
  );
});

t.test('RelpFramer.push() never throws, holds little, and reads the same of random bytes in any chunks', async () => {
  const byte = fc.oneof(fc.constantFrom(...Buffer.from('0123456789 \nsyslogopen')), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 300 }), fc.array(fc.nat(300), { maxLength: 20 }), (bytes, cuts) => {
      const stream = Buffer.from(bytes);
      return JSON.stringify(read(stream).frames) === JSON.stringify(read(stream, cuts).frames);
    }),
    { numRuns: 2000 },
  );
});

t.test('relpRecord() takes line ends away, and makes no record of nothing', async (t) => {
  const record = (data: string) => {
    const [frame] = new RelpFramer().push(relpFrame(1, 'syslog', data));
    const found = frame === undefined ? null : relpRecord(frame);
    return found === null ? null : [found.bytes.toString('latin1', found.start, found.end), found.framing];
  };
  t.same(record('<1>a: b\r\n\0'), ['<1>a: b', 'relp']);
  t.same(record('a\nb\n'), ['a\nb', 'relp']);
  t.equal(record('\r\n'), null);
  t.equal(record(''), null);
});

t.test('answerToOffers() accepts who offers syslog, and says else what is missing', async (t) => {
  const answer = (data: string) => answerToOffers(new RelpFramer().push(relpFrame(1, 'open', data))[0] as RelpFrame);
  t.same(answer('relp_version=1\ncommands=syslog,foo'), {
    accepts: true,
    text: '200 OK\nrelp_version=0\nrelp_software=quovadis-watch\ncommands=syslog',
  });
  t.match(answer('relp_version=0\ncommands=other'), { accepts: false, text: /^500 .*syslog/ });
  t.match(answer('commands=syslog'), { accepts: false, text: /^500 .*relp_version/ });
  t.match(answer(''), { accepts: false, text: /^500 / });
});
