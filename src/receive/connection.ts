import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { LiveTransport } from '../core/model/message.ts';
import type { ReceiverContext } from './receiver.ts';

/** A connection, from its acceptance to its end. */
export type Connection = {
  /** The accepted socket; with TLS it is below the one that is read. */
  readonly raw: Socket;
  /** The address of the sender. */
  peer: string;
  /** Reads no new lines, and closes the connection when that loses nothing; null before anything is read from it. */
  drain: (() => void) | null;
  /** Of TLS: by which certificate it sends for which devices, and who signs certificates; null: plain, or in its handshake. */
  secured: {
    readonly socket: TLSSocket;
    readonly devices: 'all' | readonly string[];
    readonly ca: Uint8Array | null;
  } | null;
  /** Nothing of a record has arrived. */
  isSilent: boolean;
  /** Whose place it has taken in `Senders`; null: nobody's. */
  place: string | null;
  /** What it must begin with: `proxy`: a PROXY header, `handshake`: that of TLS; null: nothing, as for a balancer's own check. */
  begins: 'proxy' | 'handshake' | null;
  /** It is being closed, and counted. */
  isDenied: boolean;
  /** Why its beginning failed. */
  failure: string | null;
};

/** What a connection is read with. */
export type ReadingContext = Pick<ReceiverContext, 'intake' | 'senders'> & {
  readonly transport: LiveTransport;
  readonly idleMs: number;
  readonly flushMs: number;
};

/** Reads a connection that was accepted, behind its handshake if there is one: sets `drain`. */
export type Read = (socket: Socket, connection: Connection, context: ReadingContext) => void;
