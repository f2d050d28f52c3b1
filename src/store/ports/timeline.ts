import type { Evidence } from '../../core/correlate/evidence.ts';
import type { TimelineKind } from '../../core/fleet/timeline-kinds.ts';
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

/**
 * Something that happened to a device. `at`: of messages, changes and repairs the event time, of notes and notices that of the
 * service: when it was written, and of a delivered notice when it was delivered.
 */
export type TimelineRow = { readonly at: number } & (
  | { readonly kind: 'message'; readonly message: Evidence }
  | { readonly kind: 'change'; readonly change: TransitionRow }
  | { readonly kind: 'notice'; readonly notice: NoticeRow | DeliveredNotice }
  | { readonly kind: 'note'; readonly note: Note }
  | { readonly kind: 'repair'; readonly repair: RepairEvent }
);

/** `incident`: only what belongs to this one of the device; `id`: its id. `kinds`: only these. */
export type TimelineQuery = PageQuery & {
  readonly device: string;
  readonly incident?: { readonly id: string; readonly ordinal: number } | undefined;
  readonly kinds?: readonly TimelineKind[] | undefined;
};
