/** Request bodies that several routes share. */
import { Type } from 'typebox';
import { limits } from '../../core/model/limits.ts';

/** The author if a request names nobody. */
export const OPERATOR = 'operator';

/** The name of a person. `what`: what it is for. Blanks and marks that nobody sees are no name. */
export const personName = (what: string) =>
  Type.String({
    ...{ minLength: 1, maxLength: 128, pattern: '[^\\s\\p{C}\\p{Z}]' },
    description: `a name that can be seen: ${what}`,
  });

/** The author of an action and a text about it. */
export const signed = Type.Object(
  {
    by: Type.Optional(personName('the author; operator if left out')),
    text: Type.Optional(Type.String({ maxLength: limits.noteCharacters })),
  },
  { additionalProperties: false },
);

/** Says what would happen, and changes nothing. */
export const dryRun = Type.Optional(
  Type.Boolean({ default: false, description: 'true: says what would happen now, and changes nothing' }),
);

/** For `preValidation`: a request without a body counts as a request with an empty object. */
export async function optionalBody(request: { body: unknown }): Promise<void> {
  request.body ??= {};
}
