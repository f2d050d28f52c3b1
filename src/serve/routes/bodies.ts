/** Bodies that several routes take. */
import { Type } from 'typebox';
import { limits } from '../../core/model/limits.ts';

/** Where nobody is named. */
export const OPERATOR = 'operator';

/** Who does something, and what this person writes about it. */
export const signed = Type.Object(
  {
    by: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'who; operator if nobody is named' })),
    text: Type.Optional(Type.String({ maxLength: limits.noteCharacters })),
  },
  { additionalProperties: false },
);

/** The same where a text is required. */
export const signedText = Type.Object(
  { ...signed.properties, text: Type.String({ minLength: 1, maxLength: limits.noteCharacters }) },
  { additionalProperties: false },
);

/** For `preValidation`: a request without a body counts as one with an empty object. */
export async function optionalBody(request: { body: unknown }): Promise<void> {
  request.body ??= {};
}
