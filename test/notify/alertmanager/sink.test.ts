/** The sink with peers of the test; test/app/alertmanager.test.ts uses the real Alertmanager. */

import t, { type Test } from 'tap';
import { toldOf } from '../../../src/core/announce/told.ts';
import { advanceTime, applyAction, correlate } from '../../../src/core/correlate/correlate.ts';
import { enrol } from '../../../src/core/correlate/enrol.ts';
import { closedBy } from '../../../src/core/correlate/operator-action.ts';
import type { SignalEvent } from '../../../src/core/model/device-state.ts';
import { ActiveAlerts } from '../../../src/notify/alertmanager/active-alerts.ts';
import type { PostableAlert } from '../../../src/notify/alertmanager/payload.ts';
import type { AlertmanagerSettings } from '../../../src/notify/alertmanager/settings.ts';
import { AlertmanagerSink } from '../../../src/notify/alertmanager/sink.ts';
import { makePost } from '../../../src/notify/http-post.ts';
import type { FleetDiagnosisOf, NoticeResult } from '../../../src/notify/sink-kind.ts';
import { MemoryStore } from '../../../src/store/memory/store.ts';
import type { AlertLog } from '../../../src/store/ports/alert-log.ts';
import { projectionOf } from '../../../src/store/projection.ts';
import { advisory, event, HOUR, observed, T0 } from '../../given.ts';
import { matchWhole } from '../../match-whole.ts';
import { dueIn, writeBatch } from '../../store/stores.ts';
import { answering, hanging, type Receiver, receiver } from '../receiver.ts';

const callHome = { mnemonic: 'SL_MESSAGE_FAILED', family: 'call-home', weight: 2, cause: 'transport' } as const;
const revocation = { mnemonic: 'CRL_FETCH_FAIL', family: 'revocation', weight: 2, cause: 'network' } as const;
const restored = { mnemonic: 'COMM_RESTORED', kind: 'recovery', family: null, cause: null, weight: 0 } as const;

/** A store, and methods that make devices in it fail and recover. */
class World {
  readonly store = new MemoryStore(projectionOf(advisory));

  async say(device: string, hours: number, over: Partial<SignalEvent> = {}): Promise<void> {
    const observation = event(observed(T0 + hours * HOUR, over), { origin: device });
    const known = { devices: await this.store.load([device]), aliases: await this.store.aliases([device]) };
    await this.#commit(correlate(known, [observation], advisory));
  }

  async fail(device: string, hours = 0): Promise<void> {
    await this.say(device, hours, callHome);
    await this.say(device, hours + 0.01);
  }

  async list(hostname: string, plant: string): Promise<void> {
    const row = { hostname, plant, address: null, serial: null, pid: null, release: null, licensing: null };
    const known = { devices: await this.store.load([hostname]), aliases: await this.store.aliases([hostname]) };
    await this.#commit(enrol(known, [{ row, columns: ['hostname', 'plant'] }], advisory));
  }

  async close(device: string, hours: number): Promise<void> {
    const known = { devices: await this.store.load([device]), aliases: await this.store.aliases([device]) };
    await this.#commit(applyAction(known, device, closedBy(T0 + hours * HOUR, 'kim', 'scrapped'), advisory));
  }

  async passTo(hours: number): Promise<void> {
    const now = T0 + hours * HOUR;
    await this.#commit(advanceTime(await dueIn(this.store, now, 100), () => now, advisory));
  }

  async #commit({ devices, copies: _, ...rest }: ReturnType<typeof correlate>): Promise<void> {
    const batch = { ...rest, devices: [...devices.values()], unparsed: [], notes: [], notices: [], now: T0 };
    await writeBatch(this.store, batch);
  }
}

function sinkOver(
  t: Test,
  world: World,
  urls: readonly string[],
  over: Partial<AlertmanagerSettings> = {},
  fleetDiagnosisOf: FleetDiagnosisOf = async () => null,
) {
  const settings: AlertmanagerSettings = {
    ...{ kind: 'alertmanager', name: 'am', urls, resendMs: 60_000, grouping: { above: 3, withinMs: 600_000 } },
    ...{ only: { states: [], severities: [], plants: [] }, timeoutMs: 5000, authorization: null },
    ...over,
  };
  const { post, close } = makePost({ timeoutMs: settings.timeoutMs });
  const results: [NoticeResult, number][] = [];
  const logged: object[] = [];
  const sink = new AlertmanagerSink({
    settings,
    alertLog: world.store.alerts,
    fleetDiagnosisOf,
    advisory,
    publicUrl: 'https://watch.example.net',
    post,
    now: Date.now,
    random: () => 0,
    onResult: (_sink, result, count) => void results.push([result, count]),
    log: (_level, fields) => void logged.push(fields),
  });
  const stop = async () => {
    await close();
    await sink.stop();
  };
  t.teardown(stop);
  sink.start();
  return { sink, results, logged, stop };
}

/** Resolves when the sink has the answers of `count` requests. */
async function answered(results: readonly unknown[], count: number): Promise<void> {
  while (results.length < count) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}

const sent = (peer: Receiver, nth: number) => JSON.parse(peer.requests[nth - 1]?.body ?? '[]') as PostableAlert[];
const ended = ({ endsAt }: PostableAlert) => Date.parse(endsAt) <= Date.now();
const shown = (alerts: readonly PostableAlert[]) =>
  alerts.map((alert) => {
    const { device = 'plant', plant, severity } = alert.labels;
    return `${device} ${plant} ${severity} ${ended(alert) ? 'ended' : 'fires'}`;
  });

t.test('AlertmanagerSink sends firing alerts to every peer, and continues them after a restart', async (t) => {
  const world = new World();
  const peers = [await receiver(t, answering(200)), await receiver(t, answering(200))];
  await world.fail('sw-a');
  const first = sinkOver(
    t,
    world,
    peers.map(({ url }) => url),
  );
  await Promise.all(peers.map((peer) => peer.count(1)));
  for (const peer of peers) {
    t.equal(peer.requests[0]?.url, '/api/v2/alerts');
    t.same(shown(sent(peer, 1)), ['sw-a unknown warning fires']);
  }
  await first.stop();
  await world.say('sw-a', 0.02, revocation);
  const [peer] = peers as [Receiver];
  sinkOver(t, world, [peer.url]);
  await peer.count(2);
  t.same(
    shown(sent(peer, 2)).sort(),
    ['sw-a unknown major fires', 'sw-a unknown warning fires'],
    'a change during the outage is sent, and the alert of the lower severity fires on',
  );
  t.equal(sent(peer, 2)[0]?.startsAt, sent(peer, 1)[0]?.startsAt);
  t.equal(sent(peer, 2)[1]?.startsAt, sent(peer, 1)[0]?.startsAt);
});

t.test('AlertmanagerSink sends a change at once, and all alerts again at each resend', async (t) => {
  const world = new World();
  const peer = await receiver(t, answering(200));
  await world.fail('sw-a');
  const { sink } = sinkOver(t, world, [peer.url], { resendMs: 400 });
  await peer.count(1);
  await world.fail('sw-b', 1);
  sink.notify(['sw-b']);
  await peer.count(2);
  const [again] = [sent(peer, 2)];
  t.same(shown(again).at(-1), 'sw-b unknown warning fires');
  await peer.count(3);
  t.same(shown(sent(peer, 3)).sort(), ['sw-a unknown warning fires', 'sw-b unknown warning fires']);
  await world.say('sw-a', 2, restored);
  await world.passTo(3.5);
  sink.notify(['sw-a']);
  const from = peer.requests.length;
  await peer.count(from + 4);
  const later = [1, 2, 3, 4].flatMap((n) => shown(sent(peer, from + n)).filter((text) => text.startsWith('sw-a')));
  t.ok(later.filter((text) => text.endsWith('ended')).length >= 2, 'an end is sent again and again');
  const last = sent(peer, from + 4).find(({ labels }) => labels['device'] === 'sw-a');
  t.equal(last?.annotations['summary'], 'sw-a works again: its incident is resolved', 'with how the incident ended');
});

t.test('AlertmanagerSink says first what the fleet shows, from the first request on', async (t) => {
  const world = new World();
  const peer = await receiver(t, answering(200));
  await world.fail('sw-a');
  const { sink } = sinkOver(t, world, [peer.url], {}, async () => 'outage');
  await peer.count(1);
  t.match(sent(peer, 1)[0]?.annotations, {
    summary: /^sw-a shows signs of an outage of Cisco's cloud/,
    description: /leading hypothesis: outage .*trust/,
    checks: /other devices, also of other plants/,
  });
  await world.fail('sw-b', 1);
  sink.notify(['sw-b']);
  await peer.count(2);
  t.match(sent(peer, 2).at(-1)?.annotations['summary'], /^sw-b shows signs of an outage/);
});

t.test('ActiveAlerts reads anew how an incident ended that was reopened in between', async (t) => {
  const world = new World();
  const rule = { grouping: null, only: { states: [], severities: [], plants: [] } };
  const activeAlerts = new ActiveAlerts('am', world.store.alerts, rule, ({ device, record, plant }) =>
    toldOf(device, record, plant, advisory),
  );
  const states = () =>
    [...activeAlerts.all()].flatMap((alert) => activeAlerts.incidentsOf(alert)).map(({ state }) => state);
  await world.fail('sw-a');
  await activeAlerts.refresh(['sw-a'], T0);
  t.same(states(), ['suspected']);
  await world.say('sw-a', 1, restored);
  await world.passTo(3);
  await activeAlerts.refresh(['sw-a'], T0 + 1);
  t.same(states(), ['resolved']);
  await world.fail('sw-a', 4);
  await activeAlerts.refresh(['sw-a'], T0 + 2);
  t.same(states(), ['suspected']);
  await world.close('sw-a', 5);
  await activeAlerts.refresh(['sw-a'], T0 + 3);
  t.same(states(), ['closed']);
});

t.test('AlertmanagerSink says how an incident ended, also after a restart', async (t) => {
  const world = new World();
  const peer = await receiver(t, answering(200));
  await world.list('sw-a', 'P1');
  await world.fail('sw-a');
  const first = sinkOver(t, world, [peer.url]);
  await peer.count(1);
  t.match(sent(peer, 1)[0]?.annotations, {
    summary: "sw-a (plant P1) shows signs of lost trust in Cisco's cloud: suspected, warning; release unknown",
    description: /^The incident is suspected, severity warning; leading hypothesis: trust\. Product unknown, /,
  });
  await first.stop();
  await world.list('sw-a', 'P2');
  sinkOver(t, world, [peer.url]);
  await peer.count(2);
  const texts = sent(peer, 2).map(({ labels, annotations }) => `${labels['plant']}: ${annotations['summary']}`);
  t.same(texts.sort(), [
    'P1: sw-a is in plant P2 now, and has another alert there',
    "P2: sw-a (plant P2) shows signs of lost trust in Cisco's cloud: suspected, warning; release unknown",
  ]);
});

t.test('AlertmanagerSink does not retry alerts that a peer has refused as invalid', async (t) => {
  const world = new World();
  const peer = await receiver(t, answering(400, {}, '"startsAt in body must be of type date-time"'));
  await world.fail('sw-a');
  const { results, sink } = sinkOver(t, world, [peer.url]);
  await peer.count(1);
  await world.fail('sw-b');
  sink.notify(['sw-b']);
  await peer.count(2);
  t.same(shown(sent(peer, 2)), ['sw-b unknown warning fires'], 'the next request has the new alert only');
  t.same(results[0], ['rejected', 1]);
  await answered(results, 2);
  t.same(sink.pending(), { pending: 0, oldestAt: null });
});

t.test('AlertmanagerSink logs only origin and path of a URL', async (t) => {
  const world = new World();
  const peer = await receiver(t, answering(400));
  await world.fail('sw-a');
  const { results, logged } = sinkOver(t, world, [`${peer.url.replace('//', '//kim:hunter2@')}/am`]);
  await answered(results, 1);
  t.match(logged, [{ url: `${peer.url}/am` }]);
  t.notMatch(JSON.stringify(logged), /hunter2/);
});

t.test('AlertmanagerSink tries a failing peer again, and delays no other peer', async (t) => {
  const world = new World();
  const [slow, bad, well] = [
    await receiver(t, hanging),
    await receiver(t, (request, response, nth) => answering(nth < 3 ? 503 : 200)(request, response, nth)),
    await receiver(t, answering(200)),
  ];
  await world.fail('sw-a');
  const { results, sink } = sinkOver(t, world, [slow.url, bad.url, well.url], { resendMs: 200 });
  await well.count(3);
  await bad.count(3);
  t.equal(slow.requests.length, 1, 'the hanging peer still has the first request');
  t.ok(results.some(([result]) => result === 'failed') && results.some(([result]) => result === 'delivered'));
  t.equal(sink.pending().pending, 1);
  t.not(sink.pending().oldestAt, null, 'and the time since when it waits is known');
});

t.test('AlertmanagerSink counts an alert as pending until a hanging peer answers', async (t) => {
  const world = new World();
  const answers: (() => void)[] = [];
  const slow = await receiver(t, (_got, response) => void answers.push(() => response.end()));
  await world.fail('sw-a');
  const begun = Date.now();
  const { sink, results } = sinkOver(t, world, [slow.url]);
  await slow.count(1);
  const { pending, oldestAt } = sink.pending();
  t.equal(pending, 1, 'the alert is pending until the peer answers');
  t.ok(oldestAt !== null && oldestAt >= begun && oldestAt <= Date.now(), `since ${oldestAt}`);
  answers[0]?.();
  await answered(results, 1);
  t.same(sink.pending(), { pending: 0, oldestAt: null });
  await world.fail('sw-b');
  sink.notify(['sw-b']);
  await slow.count(2);
  t.ok((sink.pending().oldestAt ?? 0) > (oldestAt ?? 0), 'an alert that was accepted before does not count');
});

t.test('AlertmanagerSink makes one alert of a plant with a burst of failures, and bounds its requests', async (t) => {
  const world = new World();
  const peer = await receiver(t, answering(200));
  for (let n = 0; n < 300; n++) await world.fail(`sw-${n}`, n / 3600);
  const { sink } = sinkOver(t, world, [peer.url], { grouping: null });
  await peer.count(2);
  t.same(
    [1, 2].map((nth) => sent(peer, nth).length),
    [256, 44],
  );
  await sink.stop();
  const grouped = await receiver(t, answering(200));
  const other = new World();
  for (let n = 0; n < 5; n++) {
    await other.list(`sw-${n}`, 'P1');
    await other.fail(`sw-${n}`, n / 3600);
  }
  await other.list('sw-x', 'P2');
  await other.fail('sw-x');
  const second = sinkOver(t, other, [grouped.url]);
  await grouped.count(1);
  t.same(shown(sent(grouped, 1)).sort(), ['plant P1 warning fires', 'sw-x P2 warning fires']);
  await other.list('sw-x', 'P1');
  second.sink.notify(['sw-x']);
  await grouped.count(2);
  t.same(
    shown(sent(grouped, 2)),
    ['sw-x P2 warning ended'],
    'a device that moves to a plant with one alert gets no alert of its own',
  );
});

t.test('ActiveAlerts gives an alert only after it is stored, also if the store fails once', async (t) => {
  const world = new World();
  await world.fail('sw-a');
  const { alerts } = world.store;
  let fails = true;
  const alertLog: AlertLog = {
    openIncidents: (query) => alerts.openIncidents(query),
    openIncidentsOf: (devices) => alerts.openIncidentsOf(devices),
    incidents: (ids) => alerts.incidents(ids),
    sent: (sink) => alerts.sent(sink),
    save: async (...kept) => {
      if (fails) throw new Error('the disk is full');
      await alerts.save(...kept);
    },
  };
  const rule = { grouping: { above: 3, withinMs: 600_000 }, only: { states: [], severities: [], plants: [] } };
  const activeAlerts = new ActiveAlerts('am', alertLog, rule, ({ device, record, plant }) =>
    toldOf(device, record, plant, advisory),
  );
  await t.rejects(activeAlerts.refresh(['sw-a'], T0), /the disk is full/);
  t.same([...activeAlerts.all()], [], 'an alert that is not stored must not be sent');
  fails = false;
  matchWhole(t, await activeAlerts.reload(T0), [{ device: 'sw-a' }]);
  matchWhole(t, await alerts.sent('am'), [{ device: 'sw-a' }]);
});
