import { type ProxyHeader, readProxyHeader } from '../core/frame/proxy-header.ts';
import { limits } from '../core/model/limits.ts';
import type { Connection } from './connection.ts';
import { usualAddress } from './receiver.ts';

/**
 * Reads the PROXY header of a connection, and leaves the bytes behind it unread. Calls back with the address of the sender in its
 * usual spelling. Without a header the connection is closed; `failure` says why.
 */
export function readProxied(connection: Connection, done: (header: ProxyHeader) => void): void {
  const { raw } = connection;
  let bytes: Buffer = Buffer.alloc(0);
  const fail = (why: string) => {
    connection.failure = why;
    raw.destroy();
  };
  const late = setTimeout(() => fail(`nothing within ${limits.handshakeMs} ms`), limits.handshakeMs);
  const ended = () => clearTimeout(late);
  const take = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    const header = readProxyHeader(bytes);
    if (header === 'unsure') return;
    if (header === 'none') {
      fail('other bytes came');
      return;
    }
    const source = header.source === null ? null : usualAddress(header.source);
    if (source === null && header.source !== null) {
      fail('its address is none');
      return;
    }
    ended();
    raw.off('close', ended);
    raw.off('data', take);
    raw.pause();
    const rest = bytes.subarray(header.end);
    if (rest.length > 0) raw.unshift(rest);
    done({ ...header, source });
  };
  raw.on('close', ended);
  raw.on('data', take);
}
