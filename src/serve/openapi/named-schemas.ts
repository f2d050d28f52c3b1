import type { TSchema } from 'typebox';
import { problemSchema } from '../problems.ts';
import { accuracySchema } from '../views/accuracy.ts';
import { advisorySummarySchema, affectedSchema } from '../views/advisory.ts';
import { deviceSchema, inventorySchema, senderSchema, trustpoolSchema, wholeDeviceSchema } from '../views/device.ts';
import { evidenceSchema } from '../views/evidence.ts';
import { explanationSchema, hypothesisSchema } from '../views/explanation.ts';
import { fleetSchema, taskSchema } from '../views/fleet.ts';
import { groupSchema, listedPlantSchema } from '../views/group.ts';
import { listedIncidentSchema, noteSchema, transitionSchema, wholeIncidentSchema } from '../views/incident.ts';
import { lossSchema } from '../views/loss.ts';
import { messageSchema, unparsedGroupSchema, unparsedLineSchema } from '../views/message.ts';
import { nextStepSchema } from '../views/next-step.ts';
import { noticeSchema } from '../views/notice.ts';
import { graceSchema, plantSchema } from '../views/plant.ts';
import { remediationSchema } from '../views/remediation.ts';
import { senderLossSchema } from '../views/sender-loss.ts';
import { streamEvents } from '../views/stream.ts';

/** The schemas that have a name in the document, in `components.schemas`. */
export const namedSchemas: Readonly<Record<string, TSchema>> = {
  Problem: problemSchema,
  ListedIncident: listedIncidentSchema,
  Incident: wholeIncidentSchema,
  Transition: transitionSchema,
  Note: noteSchema,
  Evidence: evidenceSchema,
  Explanation: explanationSchema,
  Hypothesis: hypothesisSchema,
  Loss: lossSchema,
  ListedDevice: deviceSchema,
  Device: wholeDeviceSchema,
  Sender: senderSchema,
  InventoryRow: inventorySchema,
  Trustpool: trustpoolSchema,
  Remediation: remediationSchema,
  NextStep: nextStepSchema,
  Fleet: fleetSchema,
  FleetGroup: groupSchema,
  ListedPlant: listedPlantSchema,
  Plant: plantSchema,
  GraceEnds: graceSchema,
  RepairTask: taskSchema,
  Accuracy: accuracySchema,
  Message: messageSchema,
  UnparsedLine: unparsedLineSchema,
  UnparsedGroup: unparsedGroupSchema,
  Notice: noticeSchema,
  SenderLoss: senderLossSchema,
  Advisory: advisorySummarySchema,
  Affected: affectedSchema,
  HelloEvent: streamEvents.hello,
  AliveEvent: streamEvents.alive,
  ResetEvent: streamEvents.reset,
  ChangeEvent: streamEvents.change,
  ActEvent: streamEvents.act,
  NewsEvent: streamEvents.news,
  CountsEvent: streamEvents.counts,
  HealthEvent: streamEvents.health,
};

/**
 * A function that puts `$ref` where one of these schemas stands in a document. `self`: the name of the schema that is
 * looked through itself, which stays.
 */
export function namer(schemas: Readonly<Record<string, TSchema>>): (document: unknown, self?: string) => unknown {
  const names = new Map(Object.entries(schemas).map(([name, schema]) => [JSON.stringify(schema), name]));
  const renamed = (value: unknown, isSelf: boolean): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const name = isSelf ? undefined : names.get(JSON.stringify(value));
    if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
    if (Array.isArray(value)) return value.map((each) => renamed(each, false));
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, renamed(each, false)]));
  };
  return (document, self) => renamed(document, self !== undefined);
}
