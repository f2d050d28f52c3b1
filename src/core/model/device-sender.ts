import type { SignalEvent } from './device-state.ts';
import type { LiveTransport } from './message.ts';

/** An address that lines of a device came from. Times are those of receipt: a line cannot forge them. */
export type DeviceSender = {
  readonly address: string;
  readonly since: number;
  /** Within `limits.senderTouchMs`. */
  readonly lastAt: number;
  /** The first address of a device of which nothing was known before. */
  readonly isFirst: boolean;
  /** An operator has said that the device sends from this address. */
  readonly isConfirmed: boolean;
  /** The last recovery from this address that does not count yet. */
  readonly waits: WaitingRecovery | null;
};

/** A recovery that counts once its sender is known for the device. */
export type WaitingRecovery = {
  readonly event: SignalEvent;
  readonly raw: string;
  readonly transport: LiveTransport | null;
  /** The version of the grammars that read the line. */
  readonly grammar: string;
  readonly receivedAt: number;
};

export const noSenders: readonly DeviceSender[] = [];
