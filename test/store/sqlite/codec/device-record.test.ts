import t from 'tap';
import type { Device } from '../../../../src/core/model/device.ts';
import { newDeviceState } from '../../../../src/core/model/device-state.ts';
import { packDevice, unpackDevice } from '../../../../src/store/sqlite/codec/device-record.ts';
import { packSignals } from '../../../../src/store/sqlite/codec/tail-record.ts';
import { observed, T0 } from '../../../given.ts';

t.test('unpackDevice() returns the device of packDevice()', async (t) => {
  const tail = [observed(T0), observed(T0 + 1.5, { peers: ['cssm'], clock: 'unset' }), observed(T0 + 2)];
  const device: Device = {
    key: 'sw-a',
    keyFrom: 'origin',
    version: 3,
    peer: null,
    pid: null,
    serial: null,
    serialAt: null,
    foreignSerial: null,
    timeQuality: 'none',
    inventory: null,
    trustpool: null,
    firstSeenAt: T0,
    lastSeenAt: T0 + 2,
    messages: 3,
    heard: { lastAt: T0 + 5, level: 5, watched: { firstAt: T0, lastAt: T0 + 3, lines: 12 } },
    senders: [{ address: '192.0.2.7', since: T0, lastAt: T0, isFirst: true, isConfirmed: false, waits: null }],
    snapshot: newDeviceState,
    snapshotAt: T0 - 1,
    recent: tail,
    state: newDeviceState,
    watermark: T0 + 2,
  };
  const blocks = { sizes: [2, 1], settled: 1 };
  const rows = `${packSignals([observed(T0 - 1), observed(T0)])},${packSignals(tail.slice(1, 2))}`;
  const row = { record: packDevice(device, { blocks, recent: tail.slice(2) }), blocks: rows };
  t.strictSame(unpackDevice(row), { device, blocks });
});
