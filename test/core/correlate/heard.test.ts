import t from 'tap';
import { correlate } from '../../../src/core/correlate/correlate.ts';
import { enrol } from '../../../src/core/correlate/enrol.ts';
import type { Device } from '../../../src/core/model/device.ts';
import type { Names } from '../../../src/core/model/names.ts';
import type { Observation } from '../../../src/core/model/observation.ts';
import { advisory, event, HOUR, observed, T0 } from '../../given.ts';
import { rowOf } from '../../store/written.ts';

const NOBODY = { devices: new Map<string, Device>(), aliases: new Map() };

function ordinary(names: Partial<Names>, hours: number, level: number, lines = 1): Observation {
  const signal = observed(T0 + hours * HOUR, { kind: 'neutral', family: null, cause: null, weight: 0, clock: 'unset' });
  return {
    ...event(signal, names),
    onlyKnownDevice: true,
    ordinary: true,
    heard: { level, lines, partly: false },
    line: null,
  };
}

t.test('correlate() of a report of ordinary lines changes only what was heard of a known device', async (t) => {
  const failure = event(observed(T0), { origin: 'sw-a', peer: '192.0.2.7' });
  const first = correlate(NOBODY, [failure], advisory);
  const before = first.devices.get('sw-a') as Device;
  const watched = { firstAt: T0, lastAt: T0, lines: 1 };
  t.same(before.heard, { lastAt: T0, level: 3, watched }, 'the tracked line itself');
  const lastAt = T0 + 3 * HOUR;
  const report = ordinary({ origin: 'sw-a', peer: '192.0.2.90' }, 3, 5, 12);
  const { devices, ...rest } = correlate(
    { devices: first.devices, aliases: first.aliases },
    [report, report],
    advisory,
  );
  t.same(
    [...devices.values()],
    [{ ...before, heard: { lastAt, level: 5, watched: { firstAt: T0, lastAt, lines: 25 } } }],
  );
  t.match(rest, { changes: [], evidence: [], merges: [], copies: 0, refused: 0 });
  t.equal(rest.aliases.size, 0, 'ordinary lines teach no names');
});

t.test('correlate() makes no device of ordinary lines, and merges none', async (t) => {
  const alone = correlate(NOBODY, [ordinary({ origin: 'sw-new', peer: '192.0.2.7' }, 0, 5)], advisory);
  t.match(alone, { refused: 0, merges: [] });
  t.same([alone.devices.size, alone.aliases.size], [0, 0]);
  const [byAddress, byName] = [{ peer: '192.0.2.7' }, { origin: 'sw-a', peer: '192.0.2.8' }];
  const both = correlate(NOBODY, [event(observed(T0), byAddress), event(observed(T0), byName)], advisory);
  const known = { devices: both.devices, aliases: both.aliases };
  const joined = correlate(known, [ordinary({ origin: 'sw-a', peer: '192.0.2.7' }, 1, 6)], advisory);
  t.same(joined.merges, []);
  t.same([...joined.devices.keys()], ['sw-a']);
});

t.test('correlate() hears a listed device by its address until it has a name of its own', async (t) => {
  const { row, ...columns } = rowOf('sw-a');
  const listed = enrol(NOBODY, [{ ...columns, row: { ...row, address: '192.0.2.7' } }], advisory);
  const known = { devices: listed.devices, aliases: listed.aliases };
  const { devices } = correlate(known, [ordinary({ peer: '192.0.2.7' }, 0, 4)], advisory);
  t.match(devices.get('sw-a'), { lastSeenAt: null, messages: 0, heard: { level: 4, watched: { lines: 1 } } });
  const more = correlate(
    { ...known, devices },
    [ordinary({ peer: '192.0.2.7' }, 1, 4), event(observed(T0 + 2 * HOUR), { peer: '192.0.2.7' })],
    advisory,
  );
  t.match(more.devices.get('sw-a'), {
    lastSeenAt: T0 + 2 * HOUR,
    messages: 1,
    heard: { level: 4, watched: { lines: 3 } },
  });
});
