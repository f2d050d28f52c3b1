/** What a kind of sink is: a row of the table in `sinks.ts`. */

import type { Advisory } from '../core/advisory/advisory.ts';
import type { Announcement } from '../core/announce/notice.ts';
import type { AlertLog } from '../store/ports/alert-log.ts';
import type { NoticeRow } from '../store/ports/outbox.ts';
import type { Answer, Post } from './http-post.ts';
import type { CommonSettings, SettingsForm } from './settings-form.ts';

export type NoticeResult = 'delivered' | 'failed' | 'rejected' | 'dead' | 'dropped';

/** What every running sink needs of the process. */
export type SinkContext = {
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Called with how `count` notices or alerts of a sink ended. */
  readonly onResult: (sink: string, result: NoticeResult, count: number) => void;
  readonly log: (level: 'info' | 'warn' | 'error', fields: object, message: string) => void;
};

/** What a payload is made with and sent by. */
export type Sending = {
  readonly post: Post;
  /** Where people reach the service, without a slash at its end. */
  readonly publicUrl: string;
  readonly advisory: Advisory;
  readonly now: () => number;
};

/** A kind that gets each change once and in order, as a notice out of the outbox. */
export type ChangeSink = SettingsForm & {
  readonly notifies: 'changes';
  /** False: the kind has no message for this announcement, so no notice is stored for it. If left out, always true. */
  wants?(announcement: Announcement, advisory: Advisory): boolean;
  /** Gives the function that posts one notice. It rejects where there is no answer; the same notice gives the same body. */
  deliver(settings: CommonSettings, sending: Sending): (notice: NoticeRow) => Promise<Answer>;
  /** Milliseconds from one try to the next. When they are used up the notice is a dead letter. */
  readonly schedule: readonly number[];
  /** Statuses of HTTP after which no further try can succeed. */
  readonly hopeless: ReadonlySet<number>;
};

/** A kind that gets what is the case now, again and again; it has no rows in the outbox. */
export type StateSink = SettingsForm & {
  readonly notifies: 'states';
  open(settings: CommonSettings, options: StateSinkOptions): OpenStateSink;
};

export type SinkKindRow = ChangeSink | StateSink;

export type StateSinkOptions = SinkContext & Sending & { readonly alertLog: AlertLog };

export type OpenStateSink = {
  readonly name: string;
  start(): void;
  /** The incidents of these devices have changed. */
  notify(devices: Iterable<string>): void;
  /** Alerts that the sink has not received in their present state. `oldestAt`: since when, in milliseconds. */
  pending(): { readonly pending: number; readonly oldestAt: number | null };
  stop(): Promise<void>;
};
