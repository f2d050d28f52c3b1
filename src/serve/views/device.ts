import { Type } from 'typebox';
import type { Advisory } from '../../core/advisory/advisory.ts';
import { exposureOf } from '../../core/advisory/exposure.ts';
import { isKnown, isListed, waitingSenders } from '../../core/correlate/senders.ts';
import { diagnosisAt, shownRemediation } from '../../core/diagnose/explain.ts';
import { incidentRecord } from '../../core/diagnose/incident-record.ts';
import { remediationOf } from '../../core/diagnose/remediation.ts';
import { factsOf } from '../../core/judge/facts.ts';
import { graceOf } from '../../core/judge/verdict.ts';
import { type Condition, conditionOf, conditions, type Device, heardAt } from '../../core/model/device.ts';
import { recoveryVisible } from '../../core/model/heard.ts';
import { hypotheses } from '../../core/model/hypothesis.ts';
import { isOpen } from '../../core/model/incident.ts';
import { toIso } from '../../core/model/instant.ts';
import { limits } from '../../core/model/limits.ts';
import { explanationSchema, hypothesisSchema } from './explanation.ts';
import { heardSchema } from './heard.ts';
import { lossSchema } from './loss.ts';
import { nextStepSchema } from './next-step.ts';
import { remediationSchema } from './remediation.ts';
import { dateTime, nullable, toDateTime } from './types.ts';

const column = Type.Optional(nullable(Type.String({ maxLength: limits.inventoryCell })));

export const inventorySchema = Type.Object(
  {
    hostname: column,
    address: column,
    serial: column,
    pid: column,
    release: column,
    plant: column,
    licensing: Type.Optional(nullable(Type.String({ description: 'online, PLR or SLR' }))),
  },
  { additionalProperties: false },
);

export const trustpoolSchema = Type.Object({
  at: dateTime,
  newRoot: Type.Enum(['present', 'absent', 'unknown']),
  oldRoot: Type.Enum(['present', 'absent', 'unknown']),
  certificates: Type.Integer(),
  complete: Type.Boolean(),
});

export const deviceSchema = Type.Object({
  key: Type.String(),
  condition: Type.Enum([...conditions]),
  diagnosis: nullable(Type.Enum([...hypotheses]), { description: "the leading hypothesis by the device's own facts" }),
  peer: nullable(Type.String()),
  pid: nullable(Type.String()),
  serial: nullable(Type.String()),
  timeQuality: Type.String(),
  firstSeenAt: nullable(dateTime),
  lastSeenAt: nullable(dateTime),
  ...heardSchema,
  lastSuccessAt: nullable(dateTime),
  graceUntil: nullable(dateTime),
  graceUntilAtMost: nullable(dateTime),
  messages: Type.Integer(),
  plant: nullable(Type.String()),
  product: nullable(Type.String(), { description: 'the product family of the advisory, else the product id' }),
  release: nullable(Type.String()),
  status: Type.Enum(['affected', 'fixed', 'unknown'], { description: 'status of the release in the advisory' }),
  inventory: Type.Union([inventorySchema, Type.Null()]),
  trustpool: Type.Union([trustpoolSchema, Type.Null()]),
  remediation: remediationSchema,
  incident: nullable(Type.String()),
});

export const senderSchema = Type.Object({
  address: Type.String(),
  since: dateTime,
  lastAt: dateTime,
  listed: Type.Boolean({ description: 'the inventory lists this address for the device' }),
  confirmed: Type.Boolean({ description: 'an operator has confirmed the address' }),
  known: Type.Boolean({ description: 'a recovery from this address counts at once' }),
  waits: nullable(Type.Object({ at: dateTime, receivedAt: dateTime, mnemonic: Type.String(), raw: Type.String() }), {
    description: 'a recovery from this address that does not count yet',
  }),
});

export const wholeDeviceSchema = Type.Intersect([
  deviceSchema,
  Type.Object({
    names: Type.Array(Type.String()),
    senders: Type.Array(senderSchema),
    loss: nullable(lossSchema),
    fleetDiagnosis: nullable(Type.Enum([...hypotheses]), {
      description: 'the leading hypothesis in view of the fleet',
    }),
    hypotheses: Type.Array(hypothesisSchema),
    next: nextStepSchema,
    explanation: explanationSchema,
  }),
]);

/** The addresses that lines of the device came from. */
export function sendersView(device: Device) {
  const waiting = new Map(waitingSenders(device).map(({ address, waits }) => [address, waits]));
  return device.senders.map((sender) => {
    const waits = waiting.get(sender.address);
    return {
      address: sender.address,
      since: toDateTime(sender.since),
      lastAt: toDateTime(sender.lastAt),
      listed: isListed(device, sender.address),
      confirmed: sender.isConfirmed,
      known: isKnown(device, sender, sender.lastAt),
      waits:
        waits === undefined
          ? null
          : {
              at: toDateTime(waits.event.at),
              receivedAt: toDateTime(waits.receivedAt),
              mnemonic: waits.event.mnemonic,
              raw: waits.raw,
            },
    };
  });
}

/** A device as lists show it. `now`: milliseconds. */
export function deviceView(device: Device, now: number, advisory: Advisory) {
  const { key, peer, timeQuality, messages, state, inventory, trustpool } = device;
  const { pid, release, serial, status } = factsOf(device, advisory);
  const grace = graceOf(state, advisory);
  return {
    key,
    condition: conditionOf(device) as Exclude<Condition, 'resolved' | 'closed'>,
    diagnosis: diagnosisAt(state, now, advisory),
    peer,
    pid: pid?.value ?? null,
    serial: serial?.value ?? null,
    timeQuality,
    firstSeenAt: toIso(device.firstSeenAt),
    lastSeenAt: toIso(device.lastSeenAt),
    heardAt: toIso(heardAt(device)),
    level: device.heard?.level ?? null,
    recoveryVisible: recoveryVisible(device.heard, advisory.visibility),
    lastSuccessAt: toIso(state.lastSuccessAt),
    graceUntil: toIso(grace.until),
    graceUntilAtMost: toIso(grace.untilAtMost),
    messages,
    plant: inventory?.plant ?? null,
    product: exposureOf(state, advisory)?.family ?? pid?.value ?? null,
    release: release?.value ?? null,
    status,
    inventory,
    trustpool: trustpool === null ? null : { ...trustpool, at: toDateTime(trustpool.at) },
    remediation: shownRemediation(remediationOf(state, now, advisory)),
    incident: isOpen(state.incident) ? (incidentRecord(device, advisory)?.id ?? null) : null,
  };
}
