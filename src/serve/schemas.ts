/** What the API answers, as types for programs in TypeScript: the console uses them, and nothing else of `src`. */

import type { Static } from 'typebox';
import type { foundSchema } from './routes/search.ts';
import type { accuracySchema } from './views/accuracy.ts';
import type { advisorySummarySchema, affectedSchema } from './views/advisory.ts';
import type { capturesTakenSchema } from './views/capture.ts';
import type { deviceSchema, senderSchema, wholeDeviceSchema } from './views/device.ts';
import type { evidenceSchema } from './views/evidence.ts';
import type { explanationSchema, hypothesisSchema } from './views/explanation.ts';
import type { fleetSchema, taskSchema } from './views/fleet.ts';
import type { groupSchema, listedPlantSchema } from './views/group.ts';
import type { historySchema } from './views/history.ts';
import type { importedSchema } from './views/imported.ts';
import type {
  incidentOrGoneSchema,
  listedIncidentSchema,
  noteSchema,
  transitionSchema,
  wholeIncidentSchema,
} from './views/incident.ts';
import type { lossSchema } from './views/loss.ts';
import type { messageSchema, unparsedGroupSchema, unparsedLineSchema } from './views/message.ts';
import type { nextStepSchema } from './views/next-step.ts';
import type { noticeSchema } from './views/notice.ts';
import type { pipelineHealthSchema } from './views/pipeline-health.ts';
import type { graceSchema, plantSchema } from './views/plant.ts';
import type { senderLossSchema } from './views/sender-loss.ts';
import type { sinkSchema, testSchema } from './views/sink.ts';
import type { streamEvents } from './views/stream.ts';
import type { timelineRowSchema } from './views/timeline.ts';
import type { keptTrustpoolSchema, readingSchema } from './views/trustpool.ts';

export type Incident = Static<typeof listedIncidentSchema>;
export type WholeIncident = Static<typeof wholeIncidentSchema>;
export type IncidentOrGone = Static<typeof incidentOrGoneSchema>;
export type Transition = Static<typeof transitionSchema>;
export type Note = Static<typeof noteSchema>;
export type Evidence = Static<typeof evidenceSchema>;
export type Explanation = Static<typeof explanationSchema>;
export type Hypothesis = Static<typeof hypothesisSchema>;
export type NextStep = Static<typeof nextStepSchema>;
export type Loss = Static<typeof lossSchema>;
export type Device = Static<typeof deviceSchema>;
export type WholeDevice = Static<typeof wholeDeviceSchema>;
export type Sender = Static<typeof senderSchema>;
export type Fleet = Static<typeof fleetSchema>;
export type PlantGroup = Static<typeof groupSchema>;
export type ListedPlant = Static<typeof listedPlantSchema>;
export type Plant = Static<typeof plantSchema>;
export type RepairTask = Static<typeof taskSchema>;
export type History = Static<typeof historySchema>;
export type SenderLoss = Static<typeof senderLossSchema>;
export type GraceEnds = Static<typeof graceSchema>;
export type Imported = Static<typeof importedSchema>;
export type CapturesTaken = Static<typeof capturesTakenSchema>;
export type TrustpoolReading = Static<typeof readingSchema>;
export type KeptTrustpool = Static<typeof keptTrustpoolSchema>;
export type PipelineHealth = Static<typeof pipelineHealthSchema>;
export type TimelineRow = Static<typeof timelineRowSchema>;
export type SearchAnswer = Static<typeof foundSchema>;
export type Sink = Static<typeof sinkSchema>;
export type SinkTest = Static<typeof testSchema>;
export type Notice = Static<typeof noticeSchema>;
export type Message = Static<typeof messageSchema>;
export type UnparsedGroup = Static<typeof unparsedGroupSchema>;
export type UnparsedLine = Static<typeof unparsedLineSchema>;
export type Advisory = Static<typeof advisorySummarySchema>;
export type Affected = Static<typeof affectedSchema>;
export type Accuracy = Static<typeof accuracySchema>;
export type StreamEvents = { readonly [Name in keyof typeof streamEvents]: Static<(typeof streamEvents)[Name]> };
