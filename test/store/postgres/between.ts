/** A TCP port before the server of the tests, which stops speaking, cuts, or is gone, when a test says so. */
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { startCluster } from './cluster.ts';

/** `open`: as the server. `silent`: connections are accepted and stay, and nothing is answered. `gone`: connections are closed. */
type State = 'open' | 'silent' | 'gone';
type Cut = { readonly state: State; readonly isDelivered: boolean };

export class Between {
  state: State = 'open';
  hasCut = false;
  #cut: Cut | null = null;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#join(client));

  /** The URL of a database of the server, by way of the proxy. */
  async start(database: string): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as { port: number };
    return `postgres://quovadis@127.0.0.1:${port}/${database.split('/').at(-1)}`;
  }

  /**
   * Cuts the connection of the first COMMIT that a connection sends: once the server has answered it, or before it has it.
   * `state`: what follows.
   */
  cut(state: State, { isDelivered = true } = {}): void {
    this.#cut = { state, isDelivered };
  }

  /** Cuts all connections, and those that follow until `state` is `open`. */
  leave(): void {
    this.state = 'gone';
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    if (this.state === 'gone') {
      client.destroy();
      return;
    }
    const server = connect(join(startCluster().directory, '.s.PGSQL.5432'));
    let cut: Cut | null = null;
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
      if (sent.includes('COMMIT')) cut = this.#cut;
      if (cut?.isDelivered === false) close(cut);
      else server.write(sent);
    });
    server.on('data', (answer) => {
      if (this.state === 'silent') return;
      // CommandComplete of a COMMIT.
      if (cut !== null && answer.includes('COMMIT\0')) close(cut);
      else client.write(answer);
    });
  }
}
