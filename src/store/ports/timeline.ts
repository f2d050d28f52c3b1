import type { Evidence } from '../../core/correlate/evidence.ts';
import type { InventoryChange } from '../../core/correlate/inventory-changes.ts';
import type { TimelineKind } from '../../core/fleet/timeline-kinds.ts';
import type { Gap } from '../../core/loss/gaps.ts';
import type { Repair } from '../../core/model/device-state.ts';
import type { Note } from './batch.ts';
import type { DeliveredNotice, NoticeRow } from './outbox.ts';
import type { PageQuery, TransitionRow } from './queries.ts';

/**
 * `seen`: a repair was seen. `lost`: a restart lost an import that was not saved. `checked`: a person has shown what the
 * trustpool contains; `newRoot`: whether the new root is there.
 */
export type RepairEvent =
  | { readonly what: 'seen'; readonly by: Repair['by']; readonly saved: boolean | null }
  | { readonly what: 'lost' }
  | { readonly what: 'checked'; readonly newRoot: 'present' | 'absent' | 'unknown' };

/** Lines that did not arrive between two times of receipt, by the numbers in the others. `atMost`: `lost` is an upper bound. */
export type LineGap = Pick<Gap, 'from' | 'to' | 'lost' | 'atMost'>;

/**
 * Something that happened to a device. `at`: of messages, changes and repairs the event time, of notes and notices that of the
 * service: when it was written, and of a delivered notice when it was delivered; of a gap when the first line after it was received.
 */
export type TimelineRow = { readonly at: number } & (
  | { readonly kind: 'message'; readonly message: Evidence }
  | { readonly kind: 'change'; readonly change: TransitionRow }
  | { readonly kind: 'notice'; readonly notice: NoticeRow | DeliveredNotice }
  | { readonly kind: 'note'; readonly note: Note }
  | { readonly kind: 'repair'; readonly repair: RepairEvent }
  | { readonly kind: 'gap'; readonly gap: LineGap }
  | { readonly kind: 'inventory'; readonly inventory: InventoryChange }
);

/**
 * `incident`: only what belongs to this one of the device; `id`: its id, `from` and `to`: while it was open, in which gaps and
 * changes of the inventory belong to it. `kinds`: only these.
 */
export type TimelineQuery = PageQuery & {
  readonly device: string;
  readonly incident?:
    | ({ readonly id: string; readonly ordinal: number } & { readonly from?: number; readonly to?: number })
    | undefined;
  readonly kinds?: readonly TimelineKind[] | undefined;
};
