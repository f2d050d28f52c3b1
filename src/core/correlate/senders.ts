/**
 * Which addresses speak for a device. Over UDP anybody can send a line with any name in it, so that a line from an address
 * that is not known for the device may report a failure, but may not say that the device is well again.
 */
import type { Device } from '../model/device.ts';
import { type DeviceSender, noSenders, type WaitingRecovery } from '../model/device-sender.ts';
import type { DeviceFacts, SignalEvent } from '../model/device-state.ts';
import { isOpen } from '../model/incident.ts';
import { limits } from '../model/limits.ts';
import { neutral } from '../model/message.ts';
import { aliasOf } from '../model/names.ts';
import type { Line, Observation } from '../model/observation.ts';
import { beginning } from '../model/shortened.ts';

type Senders = Pick<Device, 'senders' | 'inventory' | 'messages' | 'heard'>;

/**
 * Whether the sender of a line is known for the device: the inventory lists the address, an operator has confirmed it, it
 * has spoken for the device for `limits.senderKnownMs`, or it is the only one that ever has. `before`: the device before the line.
 */
export function isSenderKnown(before: Senders, { sender, receivedAt }: Pick<Observation, 'sender' | 'receivedAt'>) {
  if (sender === null || isListed(before, sender)) return true;
  const known = before.senders.find(({ address }) => address === sender);
  return known === undefined ? isUnheard(before) : isKnown(before, known, receivedAt);
}

/**
 * What of a line counts. `foreign`: its serial number, and the product beside it, are another device's. `nobodys`: it may be of
 * any of several devices, so that no sender is known for the device.
 */
export type Credence = { readonly senderKnown: boolean; readonly foreign: boolean; readonly nobodys?: boolean };

const NOBODYS: DeviceFacts = { nobodys: true };

/** The signal of a line as it counts. */
export function asCounted(event: SignalEvent, { senderKnown, foreign, nobodys }: Credence): SignalEvent {
  const said = foreign ? withoutProduct(event) : event;
  if (nobodys === true) return { ...withheld(said), facts: NOBODYS };
  return senderKnown ? said : withheld(said);
}

function withoutProduct(event: SignalEvent): SignalEvent {
  if (event.facts?.pid === undefined) return event;
  const { pid: _, ...facts } = event.facts;
  return { ...event, facts: Object.keys(facts).length === 0 ? null : facts };
}

/** Whether the inventory lists this address for the device. */
export function isListed({ inventory }: Pick<Device, 'inventory'>, address: string): boolean {
  return inventory?.address != null && aliasOf(inventory.address) === address;
}

/** The same of an address that has spoken for the device. `at`: milliseconds, the time of receipt of a line of it. */
export function isKnown(device: Pick<Device, 'senders' | 'inventory'>, sender: DeviceSender, at: number): boolean {
  const isOnly = sender.isFirst && device.senders.length === 1;
  return isOnly || sender.isConfirmed || isListed(device, sender.address) || at - sender.since >= limits.senderKnownMs;
}

/** Nothing was heard of the device before. */
function isUnheard({ senders, messages, heard }: Senders): boolean {
  return senders.length === 0 && messages === 0 && heard === null;
}

/** The senders after a line of any kind. */
export function sendersAfter(
  before: Senders,
  { sender, receivedAt }: Pick<Observation, 'sender' | 'receivedAt'>,
): readonly DeviceSender[] {
  const { senders } = before;
  if (sender === null) return senders;
  const at = senders.findIndex(({ address }) => address === sender);
  const known = senders[at];
  if (known !== undefined) {
    if (receivedAt - known.lastAt < limits.senderTouchMs) return senders;
    return senders.with(at, { ...known, lastAt: receivedAt });
  }
  const first = { address: sender, since: receivedAt, lastAt: receivedAt, isConfirmed: false, waits: null };
  return withSender(senders, { ...first, isFirst: isUnheard(before) }, receivedAt);
}

/**
 * Adds an address. Beyond the limit it takes the place of the one that has been silent for longest, but of none that has
 * spoken in the last days: whoever forges addresses drives no address of the device out.
 */
function withSender(senders: readonly DeviceSender[], added: DeviceSender, now: number): readonly DeviceSender[] {
  if (senders.length < limits.deviceSenders) return [...senders, added];
  const silent = senders.filter(({ isConfirmed, lastAt }) => !isConfirmed && now - lastAt >= limits.senderSilentMs);
  const oldest = silent.toSorted((a, b) => a.lastAt - b.lastAt)[0];
  return oldest === undefined ? senders : [...senders.filter((each) => each !== oldest), added];
}

/** Those that were confirmed first, then those that have spoken for longest. */
function byStanding(a: DeviceSender, b: DeviceSender): number {
  return Number(b.isConfirmed) - Number(a.isConfirmed) || a.since - b.since;
}

/** After an operator has confirmed that the device sends from this address. */
export function sendersConfirmed(senders: readonly DeviceSender[], address: string, now: number) {
  const known = senders.find((each) => each.address === address);
  if (known !== undefined) return senders.map((each) => (each === known ? { ...each, isConfirmed: true } : each));
  const added = { address, since: now, lastAt: now, isFirst: false, isConfirmed: true, waits: null };
  // The one that came last has spoken for the device for the shortest time.
  const kept = senders.length < limits.deviceSenders ? senders : senders.toSorted(byStanding);
  return [...kept.slice(0, limits.deviceSenders - 1), added];
}

/**
 * What a line from an unknown sender may say: that something fails. What it says of a success, a repair, the clock and the
 * release has no effect. It is no copy of another line either, so that the same line from a known sender counts.
 */
function withheld(event: SignalEvent): SignalEvent {
  // A server of the customer's own would explain the failures of the device.
  const server: SignalEvent['server'] = event.server === 'cisco' ? 'cisco' : 'unnamed';
  const said = { ...event, server, clock: null, facts: null };
  if (event.kind === 'failure' || event.kind === 'consequence' || event.kind === 'neutral') return said;
  const { at, times, counter, way, sequence, mnemonic } = event;
  const plain = { at, times, counter, way, sequence, mnemonic, fingerprint: null, peers: [], critical: false };
  return { ...plain, ...neutral, kind: 'unproven', clock: null, facts: null };
}

/** The device after a recovery of an unknown sender: the recovery waits. */
export function withWaiting(device: Device, { event, line, sender, receivedAt }: Observation): Device {
  if (event.kind !== 'recovery') return device;
  const at = device.senders.findIndex(({ address }) => address === sender);
  const known = device.senders[at];
  // A late line is no newer recovery.
  if (known === undefined || (known.waits?.event.at ?? -Infinity) > event.at) return device;
  const transport = line === null || line.transport === 'file' ? null : line.transport;
  const waits: WaitingRecovery = {
    event,
    raw: beginning(line?.raw ?? '', limits.waitingLineCharacters),
    transport,
    grammar: line?.grammar ?? '',
    receivedAt,
  };
  return { ...device, senders: device.senders.with(at, { ...known, waits }) };
}

function isFailing({ state: { incident, firstFailureAt } }: Device): boolean {
  return firstFailureAt !== null || (isOpen(incident) && incident.phase.state !== 'recovering');
}

/** Whether a recovery was kept to count later; called for each line. */
export function hasWaiting(senders: readonly DeviceSender[]): boolean {
  return senders.some(({ waits }) => waits !== null);
}

/** The senders whose recovery still waits: nothing has failed since, and no other success has counted. */
export function waitingSenders(device: Device): readonly (DeviceSender & { readonly waits: WaitingRecovery })[] {
  if (!hasWaiting(device.senders) || !isFailing(device)) return [];
  const { lastFailureAt, lastSuccessAt } = device.state;
  return device.senders.flatMap((sender) => {
    const { waits } = sender;
    if (waits === null || (lastFailureAt ?? -Infinity) >= waits.event.at) return [];
    return (lastSuccessAt ?? -Infinity) >= waits.event.at ? [] : [{ ...sender, waits }];
  });
}

/**
 * The sender whose recovery counts from this line on. `speaker`: the address of the line; null if it is no line. `isTrusted`:
 * the configuration lets the address speak for every device. `at`: the time of receipt.
 */
export function releasedBy(
  device: Device,
  { speaker, isTrusted, at }: { readonly speaker: string | null; readonly isTrusted: boolean; readonly at: number },
) {
  // Time alone makes no address known: another line has to come from it.
  return waitingSenders(device).find((sender) => {
    const speaks = sender.address === speaker;
    return (speaks && isTrusted) || isKnown(device, sender, speaks ? at : Number.NEGATIVE_INFINITY);
  });
}

/** The device without the recoveries that wait. */
export function withoutWaiting(senders: readonly DeviceSender[]): readonly DeviceSender[] {
  return senders.map((sender) => (sender.waits === null ? sender : { ...sender, waits: null }));
}

/** The senders of two devices that are one. An address is the first one only if nothing was heard of the other device before. */
export function mergeSenders(into: Senders, from: Senders): readonly DeviceSender[] {
  const [a, b] = [firstOf(into, from), firstOf(from, into)];
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const merged = new Map(a.map((sender) => [sender.address, sender]));
  for (const sender of b) {
    const other = merged.get(sender.address);
    merged.set(sender.address, other === undefined ? sender : mergedSender(other, sender));
  }
  const all = [...merged.values()].toSorted(byStanding).slice(0, limits.deviceSenders);
  return all.length === 0 ? noSenders : all;
}

function firstOf({ senders }: Senders, other: Senders): readonly DeviceSender[] {
  if (isUnheard(other) || senders.every(({ isFirst }) => !isFirst)) return senders;
  const isOfBoth = (address: string) => other.senders.some((each) => each.address === address);
  return senders.map((sender) => ({ ...sender, isFirst: sender.isFirst && isOfBoth(sender.address) }));
}

function mergedSender(a: DeviceSender, b: DeviceSender): DeviceSender {
  const isLater = (b.waits?.event.at ?? -Infinity) > (a.waits?.event.at ?? -Infinity);
  return {
    address: a.address,
    since: Math.min(a.since, b.since),
    lastAt: Math.max(a.lastAt, b.lastAt),
    isFirst: a.isFirst && b.isFirst,
    isConfirmed: a.isConfirmed || b.isConfirmed,
    waits: isLater ? b.waits : a.waits,
  };
}

/** The line of a recovery that has waited, at the time at which it counts. */
export function lineOf({ raw, transport, grammar }: WaitingRecovery, sender: string, at: number): Line {
  const timing = { at, used: 'receipt', rejected: null, skewMs: null } as const;
  return { raw, sender, transport, timing, stamp: null, relayStamp: null, grammar };
}
