import { Type } from 'typebox';
import { outcomeSchema } from './outcome.ts';

/** What an import has changed, or would change. */
export const importedSchema = Type.Object({
  taken: Type.Integer({ description: 'rows that changed something' }),
  unchanged: Type.Integer(),
  added: Type.Integer({ description: 'devices that are new' }),
  merged: Type.Integer({ description: 'devices that turned out to be another one' }),
  rejected: Type.Array(Type.Object({ line: Type.Integer(), problem: Type.String() })),
  ignored: Type.Array(
    Type.String({
      description:
        'what of the file does not count: unknown columns, second columns for one fact, other sheets of a workbook',
    }),
  ),
  ...outcomeSchema.properties,
});
