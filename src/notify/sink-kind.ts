/** The types of a kind of sink, which is a row of the table in `sinks.ts`. */

import type { Advisory } from '../core/advisory/advisory.ts';
import type { Announcement } from '../core/announce/notice.ts';
import type { HypothesisName } from '../core/model/hypothesis.ts';
import type { AlertLog } from '../store/ports/alert-log.ts';
import type { NoticeRow } from '../store/ports/outbox.ts';
import type { Answer, Post } from './http-post.ts';
import type { CommonSettings, SettingsForm } from './settings-form.ts';
import type { TestPost } from './test-notice.ts';

export type NoticeResult = 'delivered' | 'failed' | 'rejected' | 'dead' | 'dropped';

/** The parts of the process that every running sink needs. */
export type SinkContext = {
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Called with a result, and with the number of notices or alerts of the sink that had it. */
  readonly onResult: (sink: string, result: NoticeResult, count: number) => void;
  readonly log: (level: 'info' | 'warn' | 'error', fields: object, message: string) => void;
};

/** The parts that a sink needs to make and send a payload. */
export type Sending = {
  readonly post: Post;
  /** The address of the service for people, without a slash at its end. */
  readonly publicUrl: string;
  readonly advisory: Advisory;
  readonly now: () => number;
};

/** `id`: of the test, unlike any other. Returns what to post, one after the other. */
type Testable = { test(settings: CommonSettings, sending: Sending, id: string): readonly TestPost[] };

/** A kind that gets each change once and in order, as a notice from the outbox. */
export type ChangeSink = SettingsForm &
  Testable & {
    readonly notifies: 'changes';
    /** False: the kind has no message for this announcement, so no notice of it is stored. If left out, always true. */
    wants?(announcement: Announcement, advisory: Advisory): boolean;
    /** Returns the function that posts one notice. It rejects without an answer. The same notice gives the same body. */
    deliver(settings: CommonSettings, sending: Sending): (notice: NoticeRow) => Promise<Answer>;
    /** Milliseconds from one try to the next. After the last one the notice is a dead letter. */
    readonly schedule: readonly number[];
    /** HTTP statuses after which no further try can succeed. */
    readonly hopeless: ReadonlySet<number>;
  };

/** A kind that gets the current state, again and again. It has no rows in the outbox. */
export type StateSink = SettingsForm &
  Testable & {
    readonly notifies: 'states';
    open(settings: CommonSettings, options: StateSinkOptions): OpenStateSink;
  };

export type SinkKindRow = ChangeSink | StateSink;

export type StateSinkOptions = SinkContext &
  Sending & { readonly alertLog: AlertLog; readonly fleetDiagnosisOf: FleetDiagnosisOf };

/** The hypothesis that leads in view of the fleet for the device with this key; null if none leads. */
export type FleetDiagnosisOf = (device: string) => Promise<HypothesisName | null>;

export type OpenStateSink = {
  readonly name: string;
  start(): void;
  /** The incidents of these devices have changed. */
  notify(devices: Iterable<string>): void;
  /** Alerts that the sink has not accepted in their current state. `oldestAt`: since when, in milliseconds. */
  pending(): { readonly pending: number; readonly oldestAt: number | null };
  stop(): Promise<void>;
};
