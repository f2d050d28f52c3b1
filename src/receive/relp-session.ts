import type { Socket } from 'node:net';
import { answerToOffers, type RelpFrame, RelpFramer, relpFrame, relpRecord } from '../core/frame/relp.ts';
import { limits } from '../core/model/limits.ts';
import type { Connection, Read, ReadingContext } from './connection.ts';

/** An answer that is sent once the frame with this ordinal of the intake is stored, and after the answers before it. 0: none. */
type Answer = { readonly bytes: Buffer; readonly ordinal: number };

/** Reads a connection that speaks RELP. */
export const readRelp: Read = (socket, connection, context) => {
  new RelpSession(socket, connection, context).start();
};

const TAKEN = '200 OK';

/**
 * A RELP session: a line is answered after the commit of its batch, in the order of the lines. A connection is not read
 * while the sender has no capacity in the intake, while `relpWindow` answers wait, or while the client does not read them. To drain, it is
 * read no more: what was read is answered, and the client sends the rest again elsewhere.
 */
class RelpSession {
  readonly #socket: Socket;
  readonly #connection: Connection;
  readonly #context: ReadingContext;
  readonly #framer = new RelpFramer();
  #answers: Answer[] = [];
  #isOpen = false;
  /** No frame is taken any more; what arrives is read so that closing resets nothing. */
  #isEnding = false;
  #isWindowFull = false;
  #isHeldBack = false;
  #cancelCapacity: (() => void) | null = null;
  #cancelStored: (() => void) | null = null;

  constructor(socket: Socket, connection: Connection, context: ReadingContext) {
    this.#socket = socket;
    this.#connection = connection;
    this.#context = context;
  }

  start(): void {
    const { idleMs } = this.#context;
    const socket = this.#socket;
    this.#connection.drain = () => this.#drain();
    socket.setTimeout(idleMs);
    socket.on('timeout', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => this.#readOrWait());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#cancelCapacity?.();
      this.#cancelStored?.();
      this.#answers = [];
    });
  }

  #read(chunk: Buffer): void {
    const { intake, transport } = this.#context;
    intake.received(transport, chunk.length);
    if (this.#isEnding) return;
    for (const frame of this.#framer.push(chunk)) {
      this.#connection.isSilent = false;
      this.#take(frame);
      if (this.#isEnding) break;
    }
    if (this.#framer.broken !== null) this.#break();
    this.#sendAnswers();
    this.#readOrWait();
  }

  #take(frame: RelpFrame): void {
    const { txnr, command } = frame;
    // Hints need no answer, and the server need not heed them.
    if (txnr === 0) return;
    if (command === 'open') this.#open(frame);
    else if (command === 'close') this.#close(txnr);
    else if (command !== 'syslog') this.#answer(txnr, `500 the command ${command} is not known`);
    else if (!this.#isOpen) this.#refuse(txnr, '500 open comes first');
    else this.#takeLine(frame);
  }

  #open(frame: RelpFrame): void {
    const { accepts, text } = this.#isOpen
      ? { accepts: false, text: '500 the session is open already' }
      : answerToOffers(frame);
    if (accepts) this.#answer(frame.txnr, text);
    else this.#refuse(frame.txnr, text);
    this.#isOpen ||= accepts;
  }

  #takeLine(frame: RelpFrame): void {
    const { intake, senders, transport } = this.#context;
    const { peer } = this.#connection;
    const record = relpRecord(frame);
    if (record === null) {
      this.#answer(frame.txnr, TAKEN);
      return;
    }
    // The networks that may send can change while the connection is open.
    if (!senders.allows(peer)) {
      intake.drop(transport, 'denied', 1);
      this.#answer(frame.txnr, '500 syslog.allow does not list the sender');
      return;
    }
    const taken = intake.take(record, peer, transport);
    if (taken === 'refused')
      this.#answer(
        frame.txnr,
        '500 the line is dropped: the sender sends too much, or its certificate is not that of the device',
      );
    else this.#answer(frame.txnr, TAKEN, taken === 'kept' ? intake.kept : 0);
  }

  #close(txnr: number): void {
    this.#answer(txnr, TAKEN);
    this.#end();
  }

  /** The client does not speak the protocol, or not this one. */
  #refuse(txnr: number, text: string): void {
    this.#answer(txnr, text);
    this.#context.intake.drop(this.#context.transport, 'broken_frame', 1);
    this.#end();
  }

  /** Nothing can be read behind bytes that are no frame. */
  #break(): void {
    this.#context.intake.drop(this.#context.transport, 'broken_frame', 1);
    this.#end();
  }

  #drain(): void {
    this.#socket.pause();
    this.#end();
    this.#sendAnswers();
  }

  /** Takes no frame any more; the connection is closed once all answers are sent. */
  #end(): void {
    this.#isEnding = true;
  }

  #answer(txnr: number, text: string, ordinal = 0): void {
    this.#answers.push({ bytes: relpFrame(txnr, 'rsp', text), ordinal });
  }

  /** Sends the answers of which the lines are stored. */
  #sendAnswers(): void {
    const { intake } = this.#context;
    const waits = this.#answers.findIndex(({ ordinal }) => !intake.isStored(ordinal));
    const due = waits === -1 ? this.#answers : this.#answers.slice(0, waits);
    this.#answers = waits === -1 ? [] : this.#answers.slice(waits);
    if (due.length > 0) this.#socket.write(Buffer.concat(due.map(({ bytes }) => bytes)));
    if (this.#answers.length > 0) {
      this.#cancelStored ??= intake.onStored(() => {
        this.#cancelStored = null;
        this.#sendAnswers();
        this.#readOrWait();
      });
    } else if (this.#isEnding && !this.#socket.writableEnded) this.#sendEnd();
  }

  /** What arrives now is not taken, and read only so that the client gets the answers: unread bytes would reset the connection. */
  #sendEnd(): void {
    const socket = this.#socket;
    socket.setTimeout(limits.drainConnectionMs);
    socket.end(relpFrame(0, 'serverclose'), () => socket.setTimeout(limits.drainSilenceMs));
    socket.resume();
  }

  #readOrWait(): void {
    if (this.#isEnding) return;
    const { intake, idleMs } = this.#context;
    const { peer } = this.#connection;
    const waiting = this.#answers.length;
    this.#isWindowFull = this.#isWindowFull ? waiting > limits.relpWindow / 2 : waiting >= limits.relpWindow;
    if (!intake.hasCapacity(peer))
      this.#cancelCapacity ??= intake.onCapacity(peer, () => {
        this.#cancelCapacity = null;
        this.#readOrWait();
      });
    const isOurs = !intake.hasCapacity(peer) || this.#isWindowFull;
    const isHeldBack = isOurs || this.#socket.writableNeedDrain;
    // A connection is not idle while its sender waits for answers.
    this.#socket.setTimeout(isOurs || waiting > 0 ? 0 : idleMs);
    if (isHeldBack === this.#isHeldBack) return;
    this.#isHeldBack = isHeldBack;
    if (isHeldBack) this.#socket.pause();
    else this.#socket.resume();
  }
}
