import t from 'tap';
import { correlate } from '../../../src/core/correlate/correlate.ts';
import { pulledBack } from '../../../src/core/correlate/pulled-back.ts';
import { advisory, event, HOUR, observed, T0 } from '../../given.ts';

/** A device with failures at these times, and what is kept of them. */
function kept(...times: readonly number[]) {
  const observations = times.map((at) => event(observed(at), { origin: 'sw-a' }));
  const { devices, evidence } = correlate(
    { devices: new Map(), aliases: new Map(), room: Number.POSITIVE_INFINITY },
    observations,
    advisory,
  );
  const [device] = [...devices.values()];
  if (device === undefined) throw new Error('no device');
  return { device, evidence };
}

t.test('pulledBack() leaves what has no time beyond now as it is', async (t) => {
  const whole = kept(T0, T0 + HOUR);
  t.equal(pulledBack(whole, T0 + HOUR), whole);
});

t.test('pulledBack() pulls times beyond now back to it, in their order, and no other value', async (t) => {
  const times = [T0, T0 + 10 * HOUR, T0 + 10 * HOUR + 5, T0 + 11 * HOUR];
  const now = T0 + HOUR;
  const whole = kept(...times);
  const { device, evidence } = pulledBack(whole, now);
  t.same(
    device.recent.map(({ at }) => at),
    [T0, now - 0.002, now - 0.001, now],
  );
  t.same(
    evidence.map(({ at }) => at),
    device.recent.map(({ at }) => at),
    'lines keep the times of their signals',
  );
  t.equal(device.lastSeenAt, now);
  t.equal(device.watermark, now);
  const strip = (text: string) => text.replace(/1[67]\d{11}(\.\d+)?/g, 'T');
  t.equal(strip(JSON.stringify(device)), strip(JSON.stringify(whole.device)));
  t.notMatch(JSON.stringify({ device, evidence }), new RegExp(String(T0 + 10 * HOUR)));
});
