/** One try to post one notice, and the meaning of the answer. */
import type { NoticeRow } from '../store/ports/outbox.ts';
import { failureReason, inOneLine, RefusedAddress } from './http-failure.ts';
import type { Answer } from './http-post.ts';

export type Delivery =
  | { readonly kind: 'delivered' }
  /** A later try may succeed. `retryAfter`: the header of that name. */
  | { readonly kind: 'failed'; readonly why: string; readonly retryAfter: string | null }
  /** No later try can succeed. */
  | { readonly kind: 'hopeless'; readonly why: string };

/** Never rejects. */
export type Deliver = (notice: NoticeRow) => Promise<Delivery>;

/** `send`: posts the notice. `hopeless`: statuses after which no further try can succeed. */
export function makeDeliver(
  send: (notice: NoticeRow) => Promise<Answer>,
  { hopeless }: { hopeless: ReadonlySet<number> },
): Deliver {
  return async (notice) => {
    try {
      const answer = await send(notice);
      if (answer.status >= 200 && answer.status < 300) return { kind: 'delivered' };
      const why = `HTTP ${answer.status}${answer.text === '' ? '' : `: ${inOneLine(answer.text, 300)}`}`;
      return hopeless.has(answer.status)
        ? { kind: 'hopeless', why }
        : { kind: 'failed', why, retryAfter: answer.retryAfter };
    } catch (error) {
      const refused = error instanceof RefusedAddress || (error as Error).cause instanceof RefusedAddress;
      return refused
        ? { kind: 'hopeless', why: failureReason(error) }
        : { kind: 'failed', why: failureReason(error), retryAfter: null };
    }
  };
}
