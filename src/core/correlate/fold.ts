/**
 * The fold over one batch: devices and observations in, devices and a changeset out.
 *
 * All queued lines of a device are folded together, when its state is needed or at the end. The lines of a fleet arrive
 * mixed; folded one by one, each line would need a state that is no longer in the processor's cache.
 */
import type { Advisory } from '../advisory/advisory.ts';
import { identify } from '../identity/identify.ts';
import { sharedAddress } from '../identity/shared-address.ts';
import type { Device, KeyFrom } from '../model/device.ts';
import { aliasOf, aliasOfSerial, type InternedNames, isLoopback, primaryOf } from '../model/names.ts';
import type { Observation } from '../model/observation.ts';
import { Changeset } from './changeset.ts';
import type { Correlated, Known, Merge, RateLimited } from './correlated.ts';
import { afterForeign, afterLine, afterOrdinary, newDevice } from './device-after.ts';
import { evidenceOf } from './evidence.ts';
import { lastOrdinal, mergeDevices, renamed } from './merge.ts';
import { NameDirectory } from './name-directory.ts';
import { asCounted, hasWaiting, isSenderKnown, lineOf, releasedBy, withoutWaiting, withWaiting } from './senders.ts';
import { compact, type GrowableArrays, insert, timelineOf } from './timeline.ts';

export class Fold {
  readonly directory: NameDirectory;
  readonly changeset: Changeset;
  readonly #known: Known;
  readonly #advisory: Advisory;
  readonly #observations: readonly Observation[];
  readonly #devices = new Map<string, Device>();
  /** By device key: the lines that are not folded yet. */
  readonly #queued = new Map<string, number[]>();
  /**
   * Fast path: name sets already known to belong to one device, with the lines queued for it. Cleared when a name
   * changes its owner. The names are interned, so that the same names are the same object.
   */
  readonly #settled = new Map<InternedNames, number[]>();
  readonly #merges = new Map<string, Merge>();
  readonly #growable: GrowableArrays = new WeakSet();
  #copies = 0;
  #late = 0;
  #refused = 0;
  /** By transport and sender. */
  readonly #limited = new Map<string, RateLimited>();
  #room: number;

  constructor(known: Known, advisory: Advisory, observations: readonly Observation[] = []) {
    this.#known = known;
    this.#advisory = advisory;
    this.#observations = observations;
    this.#room = known.room ?? Number.POSITIVE_INFINITY;
    this.directory = new NameDirectory(known.aliases);
    this.changeset = new Changeset(observations);
  }

  /** Adds the line at this index; call it for the lines of a batch in their order. */
  add(line: number): void {
    const observation = this.#observations[line] as Observation;
    const { names } = observation;
    const queue = this.#settled.get(names);
    if (queue === undefined) this.#addUnsettled(line, observation);
    else queue.push(line);
  }

  /** Slow path: a line whose names are not yet known to belong to one device. */
  #addUnsettled(line: number, observation: Observation): void {
    const { names, heard, event } = observation;
    const identified = identify(names, event.at, this.#names, heard?.partly);
    const { key, keyFrom, learnt, same, rekeyed, foreign, nobodys } = identified;
    const shared = observation.ordinary ? sharedAddress(names, learnt, this.#names) : null;
    if (shared !== null) {
      this.directory.learn(shared, null);
      this.#settled.clear();
    }
    const known = this.device(key);
    if (known === undefined && observation.onlyKnownDevice) return;
    if (known !== undefined && observation.ordinary) {
      // Only tracked lines teach new names: there are too many ordinary ones, of too many devices behind one address.
      if (learnt.length === 0 && same.length === 0 && this.#belongs(names, key))
        this.#settled.set(names, this.#queueOf(key));
      this.put(this.fold(known, line));
      return;
    }
    // Nothing is learnt about a new device without room. A device that only has a new name (`same`) is not new.
    if (known === undefined && same.length === 0) {
      if (this.#known.admits?.(names.peer) === false) {
        this.#limit(observation);
        return;
      }
      if (!this.takeRoom()) {
        this.#refused++;
        return;
      }
    }
    if (learnt.length === 0 && same.length === 0 && this.#belongs(names, key))
      this.#settled.set(names, this.#queueOf(key));
    if (same.length > 0 || learnt.some(([name]) => this.directory.keyOf(name) !== undefined)) this.#settled.clear();
    for (const [name, target] of learnt) this.directory.learn(name, target);
    for (const [former, serial] of rekeyed) this.merge(serial, 'serial', former, line);
    for (const other of same) this.merge(key, keyFrom, other, line);
    const before = this.device(key) ?? newDevice(key, keyFrom, observation);
    this.put(this.fold(before, line, foreign ? afterForeign : afterLine, nobodys));
  }

  #limit({ names: { peer }, line, event: { times } }: Observation): void {
    const transport = line?.transport;
    if (peer === null || transport == null || transport === 'file') return;
    const key = `${transport} ${peer}`;
    const limited = this.#limited.get(key) ?? { peer, transport, lines: 0 };
    limited.lines += times;
    this.#limited.set(key, limited);
  }

  readonly #names = {
    keyOf: (name: string) => this.directory.keyOf(name),
    device: (key: string) => this.device(key),
  };

  /** Whether the first name of a line leads to the device, and its serial number and address to no other device. */
  #belongs(names: InternedNames, key: string): boolean {
    const primary = primaryOf(names);
    if (primary === null || this.directory.keyOf(primary.alias) !== key) return false;
    const weak = names.relayHost ?? names.peer;
    const aliases = weak === null || isLoopback(weak) ? [] : [aliasOf(weak)];
    // Looked at again with each line: a number that several devices show, and one beside which there is no name of the device's own,
    // as its device may have shown another one since.
    const { serial } = names;
    if (serial !== null && (primary.from !== 'origin' || this.directory.keyOf(aliasOfSerial(serial)) !== key))
      return false;
    const keys = aliases.map((alias) => this.directory.keyOf(alias));
    return keys.every((other) => other === null || other === key);
  }

  #queueOf(key: string): number[] {
    const queue = this.#queued.get(key) ?? [];
    this.#queued.set(key, queue);
    return queue;
  }

  /** Reserves room for one new device; false if there is none. */
  takeRoom(): boolean {
    if (this.#room <= 0) return false;
    this.#room--;
    return true;
  }

  /** The device after every line so far. */
  device(key: string): Device | undefined {
    const queue = this.#queued.get(key);
    if (queue === undefined || queue.length === 0) return this.#stored(key);
    const device = queue.splice(0).reduce((before, line) => this.fold(before, line), this.#stored(key) as Device);
    this.put(device);
    return device;
  }

  #stored(key: string): Device | undefined {
    return this.#devices.get(key) ?? (this.#merges.has(key) ? undefined : this.#known.devices.get(key));
  }

  put(device: Device): void {
    this.#devices.set(device.key, device);
    this.directory.exists(device.key);
  }

  /** The device after a line, whose changes and evidence are added. `after`: makes it. `nobodys`: as in `Identified`. */
  fold(before: Device, line: number, after: typeof afterLine = afterLine, nobodys = false): Device {
    const observation = this.#observations[line] as Observation;
    if (observation.ordinary) return this.recovered(afterOrdinary(before, observation), observation, line);
    const senderKnown = !nobodys && isSenderKnown(before, observation);
    const credence = { senderKnown, foreign: after === afterForeign, nobodys };
    const event = asCounted(observation.event, credence);
    const inserted = insert(before, event, this.#advisory, this.#growable);
    if (inserted.copy) this.#copies++;
    if (inserted.tooLate) this.#late++;
    const isKnown = inserted.copy && inserted.shownBefore !== true;
    const device = after(before, observation, isKnown, compact(inserted, this.#advisory), this.#advisory);
    this.changeset.add(device, inserted.changes, inserted.past, line);
    const matters = observation.event.kind !== 'neutral' || device.state.clock !== before.state.clock;
    if (observation.line !== null && matters && !inserted.copy) {
      this.changeset.addEvidence(
        line,
        evidenceOf(device, observation, observation.line, inserted, this.#advisory, credence),
      );
    }
    return this.recovered(senderKnown || nobodys ? device : withWaiting(device, observation), observation, line);
  }

  /**
   * Lets a recovery count that has waited, if its sender is known for the device now: at the time of the line that makes it
   * known. The recovery is evidence a second time. `line`: the index of that line.
   */
  recovered(
    device: Device,
    { event: { at }, receivedAt, names: { peer }, sender: unknown }: Cause,
    line?: number,
  ): Device {
    if (!hasWaiting(device.senders)) return device;
    const speaker = peer === null ? null : aliasOf(peer);
    const sender = releasedBy(device, { speaker, isTrusted: unknown === null, at: receivedAt });
    if (sender === undefined) return device;
    const { address, waits } = sender;
    const event = { ...waits.event, at: Math.max(at, waits.event.at), fingerprint: null };
    const inserted = insert(device, event, this.#advisory, this.#growable);
    const senders = withoutWaiting(device.senders);
    const after = { ...device, ...timelineOf(compact(inserted, this.#advisory)), senders };
    this.changeset.add(after, inserted.changes, inserted.past, line);
    const observation = { receivedAt: waits.receivedAt, event, timeQuality: device.timeQuality };
    this.changeset.addSecond(
      line,
      evidenceOf(after, observation, lineOf(waits, address, event.at), inserted, this.#advisory),
    );
    return after;
  }

  /** Merges the device `other` into the device `key`. `line`: the index of the line that shows that both are one. */
  merge(key: string, keyFrom: KeyFrom, other: string, line?: number): void {
    const from = this.device(other) as Device;
    const into = this.device(key);
    const merged = into === undefined ? renamed(from, key, keyFrom) : mergeDevices(into, from, this.#advisory);
    const [fromOrdinal, intoOrdinal] = [merged.fromOrdinal, lastOrdinal(merged.device.state)];
    // A key may be merged twice in one batch, if a device of this key appears again: the stored row has the first
    // version.
    const version = this.#merges.get(other)?.version ?? from.version;
    const merge = { from: other, version, into: key, fromOrdinal, intoOrdinal };
    this.#merges.set(other, merge);
    this.#devices.delete(other);
    this.directory.move(other, key);
    this.put(merged.device);
    this.changeset.add(from, merged.withdrawn, [], line);
    this.changeset.add(merged.device, merged.changes, merged.past, line);
    this.changeset.moveEvidence(merge);
  }

  correlated(): Correlated {
    for (const key of this.#queued.keys()) this.device(key);
    return {
      devices: this.#devices,
      ...this.changeset.inOrder(),
      aliases: this.directory.learnt,
      merges: [...this.#merges.values()],
      copies: this.#copies,
      late: this.#late,
      refused: this.#refused,
      rateLimited: [...this.#limited.values()],
    };
  }
}

/** What makes a sender known: a line, an action of a person, or a row of the inventory. */
type Cause = Pick<Observation, 'receivedAt' | 'sender'> & {
  readonly event: { readonly at: number };
  readonly names: { readonly peer: string | null };
};
