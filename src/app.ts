/** The composition root: store → engine → devices brought over → receiving → serving, started in this order and stopped in the reverse one. */
import { setTimeout as delay } from 'node:timers/promises';
import { aboutOf } from './about.ts';
import { Backups } from './backups.ts';
import { BringingOver } from './bringing-over.ts';
import { CertificateWatch } from './certificate-watch.ts';
import { type Clock, ClockWatch } from './clock-watch.ts';
import { advisoryOf } from './config/advisory-file.ts';
import { httpCertificates } from './config/certificates.ts';
import { instanceOf } from './config/instance.ts';
import { listenAddress } from './config/load.ts';
import { publicUrlOf } from './config/public-url.ts';
import type { Config } from './config/schema.ts';
import type { Advisory } from './core/advisory/advisory.ts';
import type { RateLimited } from './core/correlate/correlated.ts';
import { msOf } from './core/model/duration.ts';
import { LinkWatch } from './core/read/link-watch.ts';
import { Engine, monotonicSeconds } from './engine.ts';
import { EngineSlot } from './engine-slot.ts';
import { Following } from './following.ts';
import { certificateFiles, listenSettings, securedBy, tlsOf, withSocket, withSockets } from './listening.ts';
import { type AskLosses, DeviceLoss } from './operate/device-loss.ts';
import { lossesOfReceivers } from './operate/receiver-losses.ts';
import { Pump } from './pipeline/pump.ts';
import { ProcessWatch } from './process-watch.ts';
import { OnceAMinute } from './receive/once-a-minute.ts';
import { Receiving } from './receive/receiving.ts';
import { sourceOf } from './receive/senders.ts';
import type { Source } from './receive/source.ts';
import type { BoundAddresses } from './receive/threads/receive-thread.ts';
import type { ListenSettings, TlsByTransport } from './receive/transports.ts';
import { Reloading } from './reloading.ts';
import { Retaining } from './retaining.ts';
import { ChangeFeed } from './serve/change-feed.ts';
import { DeviceNews, toldGaps } from './serve/device-news.ts';
import type { HttpTls } from './serve/http-tls.ts';
import { ProbeListener } from './serve/probe-listener.ts';
import { makeReadiness } from './serve/readiness.ts';
import { readyNow } from './serve/ready.ts';
import type { Reloaded } from './serve/reloaded.ts';
import { HttpServer } from './serve/server.ts';
import { keepUnstored, spilled, spillFileFor } from './spilling.ts';
import { Started } from './started.ts';
import { judgmentOf } from './store/judgment.ts';
import { locationOf, openStore, placeOf, requireStore } from './store/open-store.ts';
import type { RetentionPolicy } from './store/ports/retention.ts';
import type { Store } from './store/ports/store.ts';
import { projectionBy } from './store/projection.ts';
import type { OpenLog } from './telemetry/log.ts';
import { Metrics } from './telemetry/metrics.ts';
import { addProcessMetrics } from './telemetry/process-metrics.ts';

/** How often deadlines are checked while no line comes. */
const DEADLINE_INTERVAL_MS = 1000;

export type Addresses = BoundAddresses & { readonly http?: HttpAddress; readonly probe?: HttpAddress };

type HttpAddress = { readonly host: string; readonly port: number };

export type Service = {
  readonly addresses: Addresses;
  readonly advisory: { readonly name: string; readonly title: string };
  readonly store: Store;
  /** Resolves when the service cannot go on. */
  readonly failed: Promise<unknown>;
  /**
   * Uses another configuration: the advisory, how lines are read and decided on, the sinks, who may send, certificates and
   * tokens. All or nothing: if a part of it cannot be used, all stays as it was. Sockets, store and log stay as they were
   * configured at the start.
   */
  use(config: Config): Promise<void>;
  /** Reads the configuration again and uses it. Rejects with what is wrong. */
  reload(): Promise<Reloaded>;
  /** Receives no more, finishes what it has, closes the store. */
  stop(): Promise<void>;
};

/** What the process is given from outside. */
export type Host = {
  /** Descriptors of sockets that are bound already, by what listens (`udp`, `http`). */
  readonly sockets?: ReadonlyMap<string, number>;
  /** Null: a reload begins. Then it has ended; the text says how. */
  readonly onReload?: (ended: string | null) => void;
};

type AppLog = Omit<OpenLog, 'end'>;

/** Starts everything, or nothing: what was started is stopped again if a later part cannot be. */
export async function startService(
  config: Config,
  log: AppLog,
  given: Clock = {},
  read: () => Config | Promise<Config> = () => config,
  host: Host = {},
): Promise<Service> {
  const clock = new ClockWatch(given, log);
  const { now } = clock;
  const advisory = await advisoryOf(config);
  const listen = withSockets(
    listenSettings(config, now(), (message) => log.warn(message)),
    host.sockets,
  );
  const httpTls = httpCertificates(config.http, now(), (message) => log.warn(message));
  const started = new Started();
  try {
    const engines = new EngineSlot(advisory);
    const projection = projectionBy(() => engines.advisory);
    const location = locationOf(config, instanceOf(config), (message) => log.info(message));
    const spill = spillFileFor(config.data, location);
    const isThere = await requireStore(location).then(
      () => true,
      () => false,
    );
    const store = await openStore(location, projection, 'service');
    started.add(() => store.close());
    await clock.follow(store);
    const told = await store.makeShrinkable();
    if (told !== null) log.info({ data: config.data }, told);
    if (!isThere)
      log.warn({ data: placeOf(location) }, 'there was no database: a new one is begun, without devices and incidents');
    const first = await spilled(spill, store, log);
    const composed = compose(
      ...([config, read, (next: Config) => use(next), { listen, httpTls, first }] as const),
      ...([store, engines, log, clock, host] as const),
    );
    const { parts, receiving, sources, pump, server, probing, bringing, backups, reloading, watch, following } =
      composed;
    clock.server?.start(composed.fail);
    started.add(() => clock.server?.stop());
    engines.put(new Engine(config, advisory, parts));
    addProcessMetrics(parts.metrics.registry);
    const watchCertificates = (all: TlsByTransport) => {
      for (const [key, tls] of securedBy(listen, all)) watch.useCertificates(key, tls);
    };
    watchCertificates(tlsOf(listen));
    const watchHttp = (next: HttpTls | null) => {
      // A port that was started without TLS goes on without.
      if (httpTls === null || next === null) return;
      server.useTls(next);
      watch.useCertificates('http.tls', next);
    };
    watchHttp(httpTls);
    watch.start();
    started.add(() => watch.stop());
    const retaining = new Retaining({
      ...{ store, log, now, clock: monotonicSeconds },
      policy: () => retentionOf(reloading.config),
      onRetained: (retained) => parts.metrics.onRetained(retained),
    });
    started.add(() => backups.stop());
    await mend(store, log, now());
    await clock.mark(store);
    started.add(() => keepUnstored(pump, spill, log));
    started.add(() => pump.drain());
    await bringing.start();
    if (store.others !== null) bringing.watch();
    started.add(() => bringing.stop());
    const timer = setInterval(() => {
      pump.wake();
      receiving.useClock();
      watch.descriptors.check();
      void clock.check({ store, bringing });
    }, DEADLINE_INTERVAL_MS);
    started.add(() => clearInterval(timer));
    for (const source of sources) {
      await source.start();
      started.add(() => source.stop());
    }
    const address = withSocket(listenAddress(config.http.listen), host.sockets?.get('http'));
    const http = address === null ? undefined : await server.start(address);
    started.add(() => server.stop());
    const probe = listenAddress(config.http.probe);
    if (probe !== null) await probing.start(probe);
    started.add(() => probing.stop());
    const addressOf = (of: Config) => {
      const url = publicUrlOf(of.http, http);
      if (http !== undefined) watch.useConsole(url);
      return url;
    };
    await engines.current.prepare(addressOf(config));
    engines.current.start();
    started.add(() => engines.stop());
    pump.wake();
    retaining.start();
    started.add(() => retaining.stop());
    following?.start();
    started.add(async () => following?.stop());
    /** Other instances know by which advisory this one judges; where they judge otherwise, it does not begin to. */
    const judgingBy = async (next: Advisory, begin: () => Promise<void>) => {
      await store.others?.judgeBy(judgmentOf(next));
      try {
        await begin();
      } catch (error) {
        await store.others?.judgeBy(judgmentOf(engines.advisory));
        throw error;
      }
    };
    const use = async (next: Config) => {
      const engine = new Engine(next, await advisoryOf(next), parts);
      const nextTls = tlsOf(listenSettings(next, now(), (message) => log.warn(message)));
      const nextHttpTls = httpCertificates(next.http, now(), (message) => log.warn(message));
      await judgingBy(engine.advisory, () => engines.replace(engine, addressOf(next)));
      receiving.reconfigure(senderSettings(next), nextTls);
      watchCertificates(nextTls);
      watchHttp(nextHttpTls);
      parts.metrics.use(engine.advisory, sinkNames(next));
    };
    const certificates = new CertificateWatch(
      () => [...certificateFiles(reloading.config), ...(reloading.config.secretFiles ?? [])],
      () => {
        log.info('a certificate or a file of a secret has changed');
        // The log and the metrics say what is wrong.
        reloading.reload().catch(() => {});
      },
    );
    certificates.start();
    started.add(() => certificates.stop());
    const addresses = { ...receiving.addresses, ...(http === undefined ? {} : { http }), ...probeOf(probing) };
    const useWholly = async (next: Config) => {
      await use(next);
      await bringing.whole();
    };
    return {
      addresses,
      advisory,
      store,
      failed: composed.failed,
      use: useWholly,
      reload: () => reloading.reload(),
      stop: () => started.stop(),
    };
  } catch (error) {
    await started.stop();
    throw error;
  }
}

/** Every part that outlives an engine, in the order of the path; none is started. */
function compose(
  config: Config,
  read: () => Config | Promise<Config>,
  use: (config: Config) => Promise<void>,
  {
    listen,
    httpTls,
    first,
  }: { readonly listen: ListenSettings; readonly httpTls: HttpTls | null; readonly first: Source | null },
  store: Store,
  engines: EngineSlot,
  log: AppLog,
  clock: ClockWatch,
  { onReload = () => {} }: Host,
) {
  const { now } = clock;
  const { promise: failed, resolve: fail } = Promise.withResolvers<unknown>();
  const bringOver = () => bringing.whole();
  const reloading = new Reloading({ config, read, use, bringOver, now, log, onReload });
  const [feed, news, links, watch] = [new ChangeFeed(), new DeviceNews(), new LinkWatch(), new ProcessWatch(log)];
  const problems = [...watch.problems, () => clock.server?.clock.problem() ?? null];
  const readiness = makeReadiness(store, log, now, problems);
  let lastLineAt: number | null = null;
  const receiving: Receiving = new Receiving({
    ...{ listen, senders: senderSettings(config), now, failed: fail, lossSources: store.sources },
    ahead: () => clock.server?.clock.offset ?? null,
    gaps: toldGaps(store.gaps, news),
    warn: (message) => log.warn(message),
    onCounts: (counts, thread) => {
      metrics.onReceived(counts, thread);
      if (Object.values(counts.lines).some((lines) => lines > 0)) lastLineAt = now();
      watch.onDenials(counts.denials);
    },
    onDropped: () => readiness.onDropped(),
    onLinks: (downAt) => links.noteAll(downAt),
  });
  const sources: readonly Source[] = [receiving];
  const pump = new Pump({
    sources,
    ...(first === null ? {} : { first }),
    pipeline: () => engines.current.pipeline,
    isOnServer: store.others !== null,
    ...{ now, clock: monotonicSeconds, pause: (ms: number) => delay(ms), failed: fail },
    onBatch: (stats, seconds) => engines.current.onBatch(stats, seconds),
    onStoreError: (error) => readiness.onStoreError(error),
    mend: async () => {
      await mend(store, log, now());
      await setDamagedAside(engines, log);
    },
  });
  const gauges = {
    counts: () => store.counts(now()),
    setAside: () => store.countSetAside(),
    damaged: () => store.countDamaged(),
    clockSteps: () => clock.state.steps,
    clockOffset: () => clock.server?.clock.offset ?? null,
    lastReload: () => reloading.state,
    losses: () => receiving.totals(),
    pendingNotices: () => engines.current.pending(),
    queueLines: () => sources.reduce((sum, { length }) => sum + length, 0),
    streamListeners: () => feed.listeners,
    kernelDrops: () => receiving.kernelDrops(),
    onStoreError: (error: unknown) => {
      if (error === null) log.info('the store can be read again: the metrics have its gauges');
      else log.error({ err: error }, 'the store cannot be read: the metrics have no gauges of the store');
    },
    logDrops: log.dropped,
    process: () => watch.reading(engines.advisory.name),
  };
  const metrics = new Metrics(engines.advisory, gauges, sinkNames(config), store.others?.database);
  const limitedLogged = new OnceAMinute();
  const onRateLimited = (limited: readonly RateLimited[]) => {
    readiness.onNewDevicesRefused();
    for (const { peer, lines } of limited) {
      receiving.noteDropped(peer, 'rate_limited', lines);
      if (!limitedLogged.allows(sourceOf(peer), monotonicSeconds() * 1000)) continue;
      log.warn(
        { sender: peer },
        `${peer} names more new devices than syslog.perSource.newDevices: their lines are dropped`,
      );
    }
  };
  const parts = { store, metrics, feed, news, links, log, now, onRateLimited };
  const bringing = new BringingOver({ store, engine: () => engines.current, pump, readiness, log, now, failed: fail });
  const ask: AskLosses = (questions) => receiving.losses(questions);
  const { receivers } = store.sources;
  const own = { instance: instanceOf(config), ask };
  const losses = new DeviceLoss(
    store,
    receivers === null ? ask : lossesOfReceivers({ receivers, feed: () => reloading.config.feed, own }),
  );
  const backups = new Backups({ data: config.data, settings: config.backup, log, now });
  const startedAt = now();
  const probing = new ProbeListener({ ready: () => readyNow({ readiness, store }), log });
  const server: HttpServer = new HttpServer({
    ...parts,
    losses,
    senderLosses: () => receiving.senderLosses(),
    sendersHeard: () => receiving.sendersHeard(),
    backups,
    readiness,
    onShort: () => watch.descriptors.onShort('http', 1),
    access: () => reloading.config.http,
    tls: httpTls,
    reload: () => reloading.reload(),
    about: () =>
      aboutOf({
        ...{ start: config, config: reloading.config, startedAt, reload: reloading.state },
        listening: {
          ...receiving.addresses,
          ...(server.address === null ? {} : { http: server.address }),
          ...probeOf(probing),
        },
        heapLimitBytes: watch.reading('').heap.limit,
      }),
    health: () => ({
      queueLines: gauges.queueLines(),
      spillLines: first?.length ?? 0,
      clock: clock.state,
      lastLineAt,
    }),
    engine: () => engines.current,
  });
  const following =
    store.others === null
      ? null
      : new Following({ others: store.others, engine: () => engines.current, log, failed: fail });
  return {
    ...{ parts, receiving, sources, pump, server, probing, bringing, backups, reloading, watch, following },
    ...{ failed, fail },
  };
}

const probeOf = ({ address }: ProbeListener) => (address === null ? {} : { probe: address });

/** Looks for damaged rows and says which. A device among them is to be judged anew. */
async function mend(store: Store, log: AppLog, now: number): Promise<void> {
  for (const { table, name, why } of await store.mend(now))
    log.error({ table, name, why }, 'a row of the database is damaged');
}

/** Judges anew what is to be judged: that sets damaged devices aside. */
async function setDamagedAside(engines: EngineSlot, log: AppLog): Promise<void> {
  for (let batch = await engines.current.judgeAnew(); batch !== null; batch = await engines.current.judgeAnew()) {
    for (const { key, why } of batch.setAside)
      log.error({ device: key, why }, 'the device is set aside: its next line makes a new one');
  }
}

const senderSettings = ({ syslog: { allow, relays, proxy, perSource } }: Config) => ({
  allow,
  relays,
  proxy,
  perSource,
});

function retentionOf({ retention: { incidents, evidence, transitions, unparsed } }: Config): RetentionPolicy {
  return {
    ...{ incidentsMs: msOf(incidents), evidenceMs: msOf(evidence) },
    ...{ transitionsMs: msOf(transitions), unparsedMs: msOf(unparsed) },
  };
}

const sinkNames = ({ sinks }: Config) => sinks.map(({ name }) => name);
