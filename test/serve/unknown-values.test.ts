/** `plant=`, `plant=unknown` and a plant that the inventory calls so: one meaning in every route, with every store. */
import t from 'tap';
import { DeviceLoss } from '../../src/operate/device-loss.ts';
import { FleetReport } from '../../src/operate/fleet-report.ts';
import { readInventory } from '../../src/operate/inventory-file.ts';
import { Operations } from '../../src/operate/operations.ts';
import { advisory, event, HOUR, observed, T0 } from '../given.ts';
import { commitObservations, noRows, stores } from '../store/stores.ts';
import { serving } from './served-store.ts';

const callHome = { family: 'call-home', weight: 2, mnemonic: 'SL_MESSAGE_FAILED' };
const now = () => T0;

for (const [name, open] of Object.entries(stores))
  t.test(`An empty value and unknown mean the same in every route (${name})`, async (t) => {
    const store = await open(t);
    const operations = new Operations({ store, advisory, now, onCommit: () => {} });
    const inventory = 'hostname,plant,pid,release\nsw-a,North,IE-3300-8T2S,17.3.3\nsw-b,unknown,unknown,unknown';
    await operations.import(readInventory(inventory, 'csv'));
    for (const origin of ['sw-a', 'sw-b', 'sw-c'])
      for (const hours of [-2, -1])
        await commitObservations(store, [
          event(observed(T0 + hours * HOUR, hours === -2 ? callHome : {}), { origin, peer: null }),
        ]);
    const unparsed = ['sw-a', 'sw-b', 'sw-c'].map((device) => ({
      ...{ receivedAt: T0, device, facility: 'PKI', mnemonic: 'X', why: 'unknown-mnemonic', raw: device },
    }));
    await store.commit({ names: [], keys: [], newDevices: 0 }, () => ({ ...noRows, devices: [], unparsed, now: T0 }));
    const engine = {
      ...{ advisory, sinks: [], onRetry: () => {}, sinkStates: async () => [], testSink: async () => null, operations },
      fleetReport: new FleetReport(store, advisory, now),
    };
    const { server } = serving(t, { store, engine: () => engine, losses: new DeviceLoss(store, async () => []) });
    const http = await server.build();
    const get = async (path: string) => (await http.inject(`/api/v1/${path}`)).json();
    const devicesOf = (rows: { device: string }[]) => rows.map(({ device }) => device).sort();
    const asked: Record<string, (value: string) => Promise<unknown>> = {
      incidents: async (value) => devicesOf((await get(`incidents?plant=${value}`)).incidents),
      product: async (value) => devicesOf((await get(`incidents?product=${value}`)).incidents),
      release: async (value) => devicesOf((await get(`incidents?release=${value}`)).incidents),
      devices: async (value) => (await get(`devices?plant=${value}`)).devices.map(({ key }: { key: string }) => key),
      models: async (value) => (await get(`devices?product=${value}`)).devices.map(({ key }: { key: string }) => key),
      versions: async (value) => (await get(`devices?release=${value}`)).devices.map(({ key }: { key: string }) => key),
      messages: async (value) => [...new Set(devicesOf((await get(`messages?plant=${value}`)).messages))],
      'messages by time': async (value) => [
        ...new Set(devicesOf((await get(`messages?plant=${value}&from=2000-01-01T00:00:00Z`)).messages)),
      ],
      unparsed: async (value) => devicesOf((await get(`unparsed?plant=${value}`)).lines),
      next: async (value) => devicesOf((await get(`fleet/next?plant=${value}`)).tasks),
    };
    for (const [what, ask] of Object.entries(asked)) {
      t.strictSame(await ask(''), ['sw-b', 'sw-c'], `${what}, empty`);
      t.strictSame(await ask('unknown'), ['sw-b', 'sw-c'], `${what}, unknown`);
    }
    for (const value of ['', 'unknown']) {
      t.match(await get(`fleet/history?plant=${value}`), { plant: null, days: { 89: { opened: 2, open: 2 } } }, value);
      t.equal((await get(`unparsed/groups?plant=${value}`)).total, 2, value);
      t.equal((await get(`devices/facets?plant=${value}`)).total, 2, value);
      const { total, facets } = await get(`incidents/facets?plant=${value}`);
      t.equal(total, 2, value);
      t.strictSame(facets.plant.at(0), { value: null, count: 2 }, value);
    }
    t.strictSame(await get('fleet/grace?plant='), await get('fleet/grace?plant=unknown'));
    t.match(await get('plants/unknown'), { name: 'unknown', devices: 2 });
    t.match(await get('plants/'), { status: 404, detail: 'there is no plant ""' });
    for (const ids of [[''], ['unknown']]) {
      const payload = { action: 'acknowledge', filter: { plant: ids }, expected: 2, text: 'x' };
      const { done, unchanged } = (
        await http.inject({ method: 'POST', url: '/api/v1/incidents/bulk', payload })
      ).json();
      t.equal((done.length ?? done) + (unchanged.length ?? unchanged), 2);
    }
  });
