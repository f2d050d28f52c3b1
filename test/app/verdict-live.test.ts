/** The examples of the specification, live over UDP with a moved clock: as the service composes itself, on real sockets. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { defaults } from '../../src/config/schema.ts';
import type { InventoryRow } from '../../src/core/model/inventory.ts';
import { openStore } from '../../src/store/open-store.ts';
import { projectionOf } from '../../src/store/projection.ts';
import { advisory, temporaryDirectory } from '../given.ts';
import { inOrder, recordsOf, replayed, unitsOf } from '../verdict/runs.ts';
import { allStories, type Story } from '../verdict/story.ts';
import { metric, running, until } from './running.ts';

/** A tracked line of no consequence: with it the service looks for what is due by the end. */
const LAST = '<190>: sw-last: %SMART_LIC-6-AGENT_READY: Smart Agent for Licensing is initialized';

/** Sends each line at its event time to a service of its own, and returns the incidents that it has stored. */
async function overUdp(t: Test, story: Story): Promise<object[]> {
  const units = inOrder(unitsOf(story));
  let now = units[0]?.at ?? 0;
  const data = temporaryDirectory(t);
  const syslog = { ...defaults.syslog, udp: '127.0.0.1:0', tcp: null };
  const service = await running(t, { data, syslog }, () => now);
  await importRows(
    service.api,
    story.rows.map(({ row }) => row),
  );
  const socket = createSocket('udp4');
  t.teardown(() => once(socket.close(), 'close'));
  const lines = units.flatMap(({ at, lines }) => lines.map(({ text }) => ({ at, text })));
  lines.push({ at: units.at(-1)?.at ?? 0, text: LAST });
  for (const [index, { at, text }] of lines.entries()) {
    now = at;
    socket.send(text, service.addresses.udp?.port, '127.0.0.1');
    // A line is stamped when the main thread has it, so that the clock must not move before.
    await until(
      () => metric(service.api, 'quovadis_syslog_lines_received_total{transport="udp"}'),
      (received) => received > index,
    );
  }
  // The pump finishes the batch of the last line, then looks for deadlines.
  await service.stop();
  const store = await openStore(data, projectionOf(advisory), 'read');
  try {
    return await recordsOf(store);
  } finally {
    await store.close();
  }
}

async function importRows(api: string, rows: readonly InventoryRow[]): Promise<void> {
  if (rows.length === 0) return;
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${api}/api/v1/inventory`, { method: 'POST', headers, body: JSON.stringify(rows) });
  if (!response.ok) throw new Error(`the inventory was refused: ${response.status} ${await response.text()}`);
}

for (const story of allStories().filter(({ example }) => example)) {
  t.test(`live over UDP with a moved clock, ${story.name} has the incidents of its replay`, async (t) => {
    const { store } = await replayed(story, unitsOf(story), temporaryDirectory(t));
    t.same(await overUdp(t, story), await recordsOf(store));
  });
}
