import { Type } from 'typebox';
import { trustpoolSchema } from './device.ts';
import { outcomeSchema } from './outcome.ts';
import { remediationSchema } from './remediation.ts';
import { nullable } from './types.ts';

const presence = Type.Enum(['present', 'absent', 'unknown']);
const root = (description: string) =>
  Type.Object({ name: Type.String(), serial: Type.String(), presence }, { description });

/** What is in a text that shows a trustpool. */
export const readingSchema = Type.Object({
  newRoot: root('the root that devices need'),
  oldRoot: root('the root whose end is the subject of the field notice'),
  certificates: Type.Array(
    Type.Object({
      serial: nullable(Type.String({ description: 'hexadecimal, as in the output' })),
      subject: nullable(Type.String()),
      origin: nullable(Type.String({ description: 'Built-In or Downloaded' })),
    }),
  ),
  complete: Type.Boolean({ description: 'whether the text shows that it is the whole output' }),
  next: Type.String({ description: 'what to do next' }),
  hostname: nullable(Type.String({ description: 'in the prompt of the output' })),
  device: nullable(Type.String({ description: 'the device of this name; null: there is none' })),
  wouldChange: nullable(Type.Array(outcomeSchema.properties.changes.items), {
    description: 'incidents that change if it is kept with this device',
  }),
});

/** What was kept with a device, or would be. */
export const keptTrustpoolSchema = Type.Object({
  ...trustpoolSchema.properties,
  next: Type.String(),
  remediation: remediationSchema,
  ...outcomeSchema.properties,
});
