import fc from 'fast-check';
import t from 'tap';
import { step, stepWithoutShortcut } from '../../../src/core/correlate/machine.ts';
import { type DeviceState, newDeviceState, type SignalEvent } from '../../../src/core/model/device-state.ts';
import { advisory, HOUR, observed, T0 } from '../../given.ts';

/** Few different signals, so that most repeat one before. */
const shapes: readonly Partial<SignalEvent>[] = [
  {},
  { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED', claim: 'event', cause: 'transport' },
  {
    family: 'call-home',
    weight: 0,
    mnemonic: 'SL_MESSAGE_FAILED',
    claim: 'event',
    cause: 'network',
    manner: 'timeout',
  },
  { family: 'call-home', weight: 0, mnemonic: 'SL_MESSAGE_FAILED', claim: 'event', server: 'own' },
  {
    ...{ family: 'revocation', weight: 2, mnemonic: 'CRL_FETCH_FAIL' },
    claim: 'event',
    manner: 'timeout',
    server: 'unnamed',
  },
  { family: 'authorization', mnemonic: 'AUTH_RENEW_FAILED', peers: ['cssm'] },
  { family: 'trust-proof', weight: 3, cause: 'trust', manner: 'refused' },
  { weight: 0, cause: 'dns', manner: 'unresolved' },
  { clock: 'off' },
  { clock: 'set' },
  { ...{ kind: 'clock', family: null, manner: null, weight: 0, mnemonic: 'AUTHORITATIVE_CLOCK' }, clock: 'set' },
  {
    ...{ kind: 'consequence', family: 'consequence', manner: null, weight: 0 },
    mnemonic: 'OUT_OF_COMPLIANCE',
    critical: true,
  },
  { ...{ kind: 'consequence', family: 'consequence', manner: null, weight: 0 }, mnemonic: 'AUTHORIZATION_EXPIRED' },
  { kind: 'recovery', family: null, manner: null, weight: 0, mnemonic: 'COMM_RESTORED', peers: ['cssm'] },
  {
    kind: 'recovery',
    family: null,
    manner: null,
    weight: 0,
    mnemonic: 'COMM_RESTORED',
    server: 'cslu',
    peers: ['cslu'],
  },
  {
    kind: 'hint',
    family: null,
    manner: null,
    weight: 0,
    mnemonic: 'RESTART',
    facts: { release: '17.3.3', restarted: true },
  },
  {
    kind: 'hint',
    family: null,
    manner: null,
    weight: 0,
    mnemonic: 'RESTART',
    facts: { release: '17.9.4', restarted: true },
  },
];

/** Shapes and tenths of an hour. A revocation list that repeats counts again once the timeout near it is long over. */
const LIST_COUNTS_AGAIN: [number, number][] = [
  [2, 0],
  [4, 11],
  [2, 752],
  [4, 6],
  [2, 123],
  [0, 799],
  [0, 0],
  [4, 0],
];

t.test('step() gives what stepWithoutShortcut() gives, for any signals of a device', async (t) => {
  const signal = fc.tuple(
    fc.oneof({ weight: 4, arbitrary: fc.nat(6) }, fc.nat(shapes.length - 1)),
    fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 300 }) }, fc.integer({ min: 0, max: 3000 })),
  );
  const pids = fc.constantFrom(null, 'IE-3300-8T2S');
  let [quick, all] = [0, 0];
  fc.assert(
    fc.property(fc.array(signal, { minLength: 25, maxLength: 60 }), pids, (given, pid) => {
      let state: DeviceState = { ...newDeviceState, pid };
      let at = T0;
      for (const [shape, tenths] of given) {
        at += tenths * (HOUR / 10);
        const event = observed(at, shapes[shape]);
        const [next, whole] = [step(state, event, advisory), stepWithoutShortcut(state, event, advisory)];
        if (JSON.stringify(next) !== JSON.stringify(whole)) return false;
        all++;
        if (event.kind === 'failure' && next.changes.length === 0) quick++;
        state = next.state;
      }
      return true;
    }),
    { numRuns: Number(process.env['RUNS'] ?? 3000), verbose: true, examples: [[LIST_COUNTS_AGAIN, null]] },
  );
  t.ok(quick > all / 4, `${quick} of ${all} signals changed nothing`);
});
