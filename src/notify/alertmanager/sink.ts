import type { Alert } from '../../core/announce/alerts.ts';
import { toldOf } from '../../core/announce/told.ts';
import type { HypothesisName } from '../../core/model/hypothesis.ts';
import { limits } from '../../core/model/limits.ts';
import { authorizationHeader } from '../settings-form.ts';
import type { OpenStateSink, StateSinkOptions } from '../sink-kind.ts';
import { ActiveAlerts } from './active-alerts.ts';
import { postable } from './payload.ts';
import { AlertPeer } from './peer.ts';
import type { AlertmanagerSettings } from './settings.ts';

type Options = StateSinkOptions & { readonly settings: AlertmanagerSettings };

/** Changes within this time share one request, as with Alertmanager's own `group_wait`. */
const GROUP_WAIT_MS = 100;

export function openAlertmanager(settings: AlertmanagerSettings, options: StateSinkOptions): OpenStateSink {
  return new AlertmanagerSink({ settings, ...options });
}

/**
 * One Alertmanager, or all peers of its cluster. Sends each alert when it changes, and all active alerts again every
 * `resend`. A slow peer delays no other peer.
 */
export class AlertmanagerSink implements OpenStateSink {
  readonly name: string;
  readonly #options: Options;
  readonly #activeAlerts: ActiveAlerts;
  readonly #peers: readonly AlertPeer[];
  readonly #changedDevices = new Set<string>();
  /** By device, of the devices whose alerts fire. */
  #fleetDiagnoses = new Map<string, HypothesisName | null>();
  #work: Promise<void> = Promise.resolve();
  #groupWait: NodeJS.Timeout | null = null;
  #resendTimer: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(options: Options) {
    const { settings, alertLog, advisory, publicUrl, post, now, random, onResult, log } = options;
    const { name, resendMs } = settings;
    this.name = name;
    this.#options = options;
    this.#activeAlerts = new ActiveAlerts(name, alertLog, settings, ({ device, record, plant }) =>
      toldOf(device, record, plant, advisory, this.#fleetDiagnoses.get(record.device) ?? null),
    );
    const payload = (alerts: Iterable<Alert>) => {
      const context = { advisory, publicUrl, now: now(), resendMs };
      return [...alerts].map((alert) => postable(alert, this.#activeAlerts.incidentsOf(alert), context));
    };
    this.#peers = settings.urls.map(
      (url) =>
        new AlertPeer({
          url,
          sink: name,
          headers: authorizationHeader(settings),
          activeAlerts: this.#activeAlerts,
          payload,
          maxPauseMs: resendMs,
          post,
          now,
          random,
          onResult,
          log,
        }),
    );
  }

  start(): void {
    this.#enqueue(() => this.#resend());
  }

  notify(devices: Iterable<string>): void {
    for (const device of devices) this.#changedDevices.add(device);
    if (this.#changedDevices.size === 0 || this.#groupWait !== null || this.#stopped) return;
    this.#groupWait = setTimeout(() => {
      this.#groupWait = null;
      this.#enqueue(() => this.#refresh());
    }, GROUP_WAIT_MS);
  }

  /** The largest number of pending alerts of any peer, and the oldest pending alert of all peers. */
  pending(): { pending: number; oldestAt: number | null } {
    const peers = this.#peers.map((peer) => peer.pending());
    const since = peers.flatMap(({ oldestAt }) => (oldestAt === null ? [] : [oldestAt]));
    return {
      pending: Math.max(0, ...peers.map(({ pending }) => pending)),
      oldestAt: since.length === 0 ? null : Math.min(...since),
    };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#groupWait !== null) clearTimeout(this.#groupWait);
    if (this.#resendTimer !== null) clearTimeout(this.#resendTimer);
    await this.#work;
    await Promise.all(this.#peers.map((peer) => peer.stop()));
  }

  /** Runs one piece of work after the other. */
  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#work
      .then(() => (this.#stopped ? undefined : work()))
      .catch((error) =>
        // Nothing is lost: the next resend compares all open incidents again.
        this.#options.log(
          'error',
          { err: error, sink: this.name },
          'alerts could not be computed; the next resend tries again',
        ),
      );
  }

  /** Bounded, because each device is compared with the whole fleet: beyond, an alert has the device's own diagnosis. */
  async #askFleet(devices: Iterable<string>): Promise<Map<string, HypothesisName | null>> {
    const found = new Map<string, HypothesisName | null>();
    for (const device of devices) {
      if (found.size >= limits.fleetDiagnoses) break;
      found.set(device, await this.#options.fleetDiagnosisOf(device));
    }
    return found;
  }

  *#firingDevices(): Generator<string> {
    const devices = new Set<string>();
    for (const { device, endsAt } of this.#activeAlerts.all())
      if (device !== null && endsAt === null) devices.add(device);
    yield* devices;
  }

  async #refresh(): Promise<void> {
    const devices = [...this.#changedDevices];
    this.#changedDevices.clear();
    for (const [device, found] of await this.#askFleet(devices)) this.#fleetDiagnoses.set(device, found);
    const changed = await this.#activeAlerts.refresh(devices, this.#options.now());
    for (const peer of this.#peers) peer.notify(changed);
  }

  async #resend(): Promise<void> {
    const { settings, now } = this.#options;
    this.#resendTimer = setTimeout(() => this.#enqueue(() => this.#resend()), settings.resendMs);
    // Also finds changes without a call of `notify`, such as an inventory that another process has imported.
    await this.#activeAlerts.reload(now());
    const before = this.#fleetDiagnoses;
    this.#fleetDiagnoses = await this.#askFleet(this.#firingDevices());
    // The texts of the alerts have what the fleet showed before.
    const isOther = [...this.#fleetDiagnoses].some(([device, found]) => found !== (before.get(device) ?? null));
    if (isOther) await this.#activeAlerts.reload(now());
    for (const peer of this.#peers) peer.notify(this.#activeAlerts.all());
  }
}
