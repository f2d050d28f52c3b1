/** One action on many incidents: asked for, sent with the number that was seen, and asked again if it is another one by then. */
import { signal } from '@preact/signals';
import { ApiError, get, send } from '../api.ts';
import { type Choice, countOf, MOST, nameOf } from '../query/choice.ts';
import { hypotheses } from '../query/hypotheses.ts';
import { session, whenPersonChanges } from '../session.ts';
import { type Answer, askFor } from '../ui/ask.ts';
import { bulk as words } from '../words/bulk.ts';
import { filterBody } from './incident-filter.ts';

export type BulkAction = keyof typeof words.buttons;
/** What one action is about. */
export type Target = Pick<Choice, 'rows' | 'all'>;

export type BulkAnswer = {
  readonly done: number;
  readonly unchanged: number;
  readonly refused: readonly { readonly id: string; readonly why: string }[];
};

/** Why an action on so many cannot be done; null: it can. */
export const whyNotSoMany = (count: number): string | null =>
  count === 0 ? words.noneAnyMore : count > MOST ? words.tooMany(count, MOST) : null;

/** What the last action has done, and on which page. */
export const outcome = signal<{
  readonly path: string;
  readonly action: BulkAction;
  readonly answer: BulkAnswer;
} | null>(null);
whenPersonChanges(() => {
  outcome.value = null;
});

type Asked = {
  readonly action: BulkAction;
  readonly target: Target;
  readonly path: string;
  /** After it was done. */
  readonly after: () => void;
  /** The number of those that match was another one. */
  readonly recount?: (count: number) => void;
};

/** Asks for what the action needs, and does it. */
export function askBulk(asked: Asked): void {
  const { action, target, path, after } = asked;
  const count = countOf(target as Choice);
  const [only] = target.rows.values();
  const button = words.buttons[action];
  askFor({
    title: count === 1 && only !== undefined ? `${words.ofOne[action]}: ${only}` : words.title(button, count),
    text: words.texts[action],
    button: words.submit(button, count),
    says: action === 'acknowledge' ? [words.becomeYours] : action === 'close' ? [words.onlyLast] : [],
    whyNot: whyNotSoMany(count),
    draft: `${action} ${nameOf(target)}`,
    needsText: false,
    ...(action === 'acknowledge' ? {} : { causes: hypotheses }),
    act: async (answer) => {
      try {
        outcome.value = { path, action, answer: await send('POST', 'incidents/bulk', bodyOf(asked, answer)) };
      } catch (error) {
        if (error instanceof ApiError && error.status === 409 && target.all !== null) await askAgain(asked, target.all);
        throw error;
      }
      after();
    },
  });
}

function bodyOf({ action, target: { rows, all } }: Asked, { text, cause }: Answer): object {
  const by = session.value?.name;
  return {
    action,
    ...(all === null
      ? { ids: [...rows.keys()], expected: rows.size }
      : { filter: filterBody(new URLSearchParams(all.filter)), expected: all.count }),
    ...(by == null ? {} : { by }),
    ...(text === '' ? {} : { text }),
    ...(cause === '' ? {} : { disposition: { hypothesis: cause } }),
  };
}

async function askAgain(asked: Asked, all: NonNullable<Choice['all']>): Promise<void> {
  const { total } = await get<{ total: number }>(`incidents/facets?${all.filter}`);
  asked.recount?.(total);
  askBulk({ ...asked, target: { ...asked.target, all: { ...all, count: total } } });
}
