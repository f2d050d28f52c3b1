import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { datagramRecord } from '../core/frame/datagram.ts';
import { listenFailure } from './listen-failure.ts';
import { type Address, plainAddress, type Receiver, type ReceiverContext } from './receiver.ts';

/** The size that the kernel is asked for; it grants at most `net.core.rmem_max`. */
const RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024;

type Options = ReceiverContext & {
  readonly address: Address;
  /** Other threads of this process listen on the same port. */
  readonly reusePort?: boolean;
};

/** Syslog over UDP, RFC 5426. */
export class UdpReceiver implements Receiver {
  readonly transport = 'udp';
  readonly #options: Options;
  #socket: Socket | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  async start(): Promise<Address> {
    const { address, key, intake, senders, reusePort = false } = this.#options;
    const socket = createSocket({ type: isIPv6(address.host) ? 'udp6' : 'udp4', reusePort });
    this.#socket = socket;
    socket.on('message', (bytes, sender) => {
      intake.received('udp', bytes.length);
      const peer = plainAddress(sender.address);
      if (!senders.allows(peer)) return intake.drop('udp', 'denied', 1);
      const record = datagramRecord(bytes);
      if (record !== null) intake.take(record, peer, 'udp');
    });
    try {
      // With a socket that is bound already the event comes at once.
      const listening = once(socket, 'listening');
      socket.bind(address.fd === undefined ? { port: address.port, address: address.host } : { fd: address.fd });
      await listening;
    } catch (error) {
      throw listenFailure(error, key, address);
    }
    socket.on('error', (error) => this.#options.warn(`the UDP socket reported: ${error.message}`));
    this.#enlargeBuffer(socket);
    const bound = socket.address();
    return { host: bound.address, port: bound.port };
  }

  async stop(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.close();
    await once(socket, 'close');
  }

  /** Linux clips the size silently and reports twice what it granted. */
  #enlargeBuffer(socket: Socket): void {
    // systemd may have given a passed socket more than the limit: asking again would make it smaller.
    if (socket.getRecvBufferSize() / 2 >= RECEIVE_BUFFER_BYTES) return;
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    const granted = socket.getRecvBufferSize() / 2;
    if (granted >= RECEIVE_BUFFER_BYTES) return;
    this.#options.warn(
      `the kernel gave a receive buffer of ${granted} bytes instead of ${RECEIVE_BUFFER_BYTES}: bursts may be lost; set sysctl net.core.rmem_max=${RECEIVE_BUFFER_BYTES}`,
    );
  }
}

/**
 * The address with a port that no other socket is bound to; port 0 becomes a free one. To be called before several sockets of
 * this process share the port: the kernel would let another program share it, and datagrams would go there. `key`: of the
 * configuration, for the error.
 */
export async function exclusivePort(address: Address, key: string): Promise<Address> {
  const socket = createSocket({ type: isIPv6(address.host) ? 'udp6' : 'udp4' });
  try {
    socket.bind(address.port, address.host);
    await once(socket, 'listening');
  } catch (error) {
    throw listenFailure(error, key, address);
  }
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return { host: address.host, port };
}
