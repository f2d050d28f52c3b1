/** A TCP port before the server of the tests, which stops speaking, cuts, or is gone, when a test says so. */
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { startCluster } from './cluster.ts';

/** `open`: as the server. `silent`: connections are accepted and stay, and nothing is answered. `gone`: connections are closed. */
type State = 'open' | 'silent' | 'gone';
type Cut = { readonly state: State; readonly isDelivered: boolean; readonly after: string };

export class Between {
  state: State = 'open';
  hasCut = false;
  /** How often a client has said something after an answer. */
  messages = 0;
  #cut: Cut | null = null;
  /** The name of the prepared COMMIT. */
  #commit: string | null = null;
  readonly #sockets = new Set<Socket>();
  readonly #to: string;
  #isHeld = false;
  readonly #server = createServer((client) => this.#join(client));

  /** `to`: the address of the server, if not that of the tests. */
  constructor(to = '') {
    this.#to = to;
  }

  /** The URL of a database of the server, by way of the proxy. */
  async start(database: string): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as { port: number };
    return `postgres://quovadis@127.0.0.1:${port}/${database.split('/').at(-1)}`;
  }

  /**
   * Cuts the connection of the first COMMIT that one sends: once the server has answered it, or before it has it.
   * `state`: what follows. `after`: what it has sent in the same transaction.
   */
  cut(state: State, { isDelivered = true, after = '' } = {}): void {
    this.#cut = { state, isDelivered, after };
  }

  /** Cuts all connections, and those that follow until `state` is `open`. */
  leave(): void {
    this.state = 'gone';
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Nothing passes, and nothing is lost, until `release()`: as a network that is cut for some time. */
  hold(): void {
    this.#isHeld = true;
    for (const socket of this.#sockets) socket.pause();
  }

  release(): void {
    this.#isHeld = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** A connection sends the text of a statement once, and then only its name, which all have the same. */
  #commits(sent: Buffer): boolean {
    this.#commit ??= /(qvw_\d+)\0COMMIT\0/.exec(sent.toString('latin1'))?.[1] ?? null;
    return this.#commit !== null && sent.includes(`${this.#commit}\0`);
  }

  #join(client: Socket): void {
    if (this.state === 'gone') {
      client.destroy();
      return;
    }
    const [host, port] = this.#to.split(':');
    const server =
      this.#to === '' ? connect(join(startCluster().directory, '.s.PGSQL.5432')) : connect(Number(port), host);
    let cut: Cut | null = null;
    let isAfter = false;
    let isAnswered = true;
    const close = ({ state }: Cut) => {
      this.state = state;
      this.#cut = null;
      this.hasCut = true;
      client.destroy();
    };
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
    client.on('data', (sent) => {
      if (this.state === 'silent') return;
      if (isAnswered) this.messages++;
      isAnswered = false;
      isAfter ||= this.#cut !== null && sent.includes(this.#cut.after);
      if (this.#commits(sent)) {
        if (isAfter) cut = this.#cut;
        isAfter = false;
      }
      if (cut?.isDelivered === false) close(cut);
      else server.write(sent);
    });
    server.on('data', (answer) => {
      if (this.state === 'silent') return;
      isAnswered = true;
      // CommandComplete of a COMMIT.
      if (cut !== null && answer.includes('COMMIT\0')) close(cut);
      else client.write(answer);
    });
    if (this.#isHeld) this.hold();
  }
}
