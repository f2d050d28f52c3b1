/** The disposition in a request body: what an incident really was, as a person says. */
import { closest } from 'fastest-levenshtein';
import { Type } from 'typebox';
import { hypotheses } from '../../core/model/hypothesis.ts';
import { limits } from '../../core/model/limits.ts';
import { RouteError } from '../problems.ts';

export const stated = Type.Object(
  {
    hypothesis: Type.Enum([...hypotheses]),
    text: Type.Optional(Type.String({ maxLength: limits.noteCharacters })),
  },
  { additionalProperties: false, description: 'what the incident really was; it changes no verdict' },
);

/** Characters of an unknown hypothesis that are compared and shown. */
const COMPARED = 40;

/** For `preValidation`: an unknown hypothesis is answered with the most similar known one, which no schema can say. */
export async function knownHypothesis({ body }: { readonly body: unknown }): Promise<void> {
  const given = (body as { disposition?: { hypothesis?: unknown } | null } | null | undefined)?.disposition?.hypothesis;
  if (typeof given !== 'string' || hypotheses.some((name) => name === given)) return;
  const shown = given.slice(0, COMPARED);
  throw new RouteError(
    400,
    `disposition.hypothesis: "${shown}" is unknown, did you mean "${closest(shown.toLowerCase(), hypotheses)}"? ` +
      `It must be one of ${hypotheses.join(', ')}`,
  );
}
