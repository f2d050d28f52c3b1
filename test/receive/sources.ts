/** Every source that there is, as a test opens it: a row for each way of receiving or reading. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { archiveFilesOf } from '../../src/archive/archive-files.ts';
import { type ArchiveReader, ArchiveReaderThread, InlineArchiveReader } from '../../src/archive/archive-reader.ts';
import { ArchiveSource } from '../../src/archive/source.ts';
import { relpFrame } from '../../src/core/frame/relp.ts';
import { limits } from '../../src/core/model/limits.ts';
import { Receiving } from '../../src/receive/receiving.ts';
import type { Source } from '../../src/receive/source.ts';
import type { ListenSettings } from '../../src/receive/transports.ts';
import { T0, temporaryDirectory } from '../given.ts';
import { anySender } from './any-sender.ts';
import { OFFERS } from './relp-client.ts';

export type OpenSource = {
  /** Not started. */
  readonly source: Source;
  /** Sends the lines to a source that was started. Resolves when they were sent; a file has them from the beginning. */
  readonly send: () => Promise<void>;
  /** The same, but the last line has no end, and the sender does not say that it is the last one. */
  readonly sendUnended: () => Promise<void>;
};

type Row = {
  readonly open: (t: Test, lines: readonly string[]) => OpenSource;
  /** It ends by itself. */
  readonly ends: boolean;
  /** So many frames may wait, or be unacknowledged where the source counts them; null: it bounds bytes. */
  readonly bound: number | null;
  /** A sender waits when so many frames are not acknowledged; `queuePauseLines` if left out. */
  readonly window?: number;
};

const LOOPBACK = { host: '127.0.0.1', port: 0 };
/** A stream is paused after the chunk that reached the bound, of at most 64 KiB; a line of these tests has 40 bytes or more. */
const CHUNK_LINES = 65_536 / 40;

export const sources: Record<string, Row> = {
  'Receiving by TCP': {
    open: (t, lines) => receiving(t, lines, { udp: null, tcp: LOOPBACK, tls: null, relp: null }, sendByTcp),
    ends: false,
    bound: limits.queuePauseLines + CHUNK_LINES,
    // What one sender may have.
    window: Math.floor((limits.queuePauseLines * 4) / 5),
  },
  'Receiving by RELP': {
    open: (t, lines) =>
      receiving(t, lines, { udp: null, tcp: null, tls: null, relp: { address: LOOPBACK, tls: null } }, sendByRelp),
    ends: false,
    bound: limits.relpWindow + CHUNK_LINES,
    window: limits.relpWindow,
  },
  'Receiving by UDP': {
    open: (t, lines) => receiving(t, lines, { udp: LOOPBACK, tcp: null, tls: null, relp: null }, sendByUdp),
    ends: false,
    bound: limits.queueLines,
  },
  'ArchiveSource in this thread': {
    open: (t, lines) => archive(t, lines, new InlineArchiveReader()),
    ends: true,
    bound: null,
  },
  'ArchiveSource beside a thread': {
    open: (t, lines) => archive(t, lines, new ArchiveReaderThread({ aheadBytes: 1 })),
    ends: true,
    bound: null,
  },
};

function receiving(
  t: Test,
  lines: readonly string[],
  listen: ListenSettings,
  sendBy: (port: number, lines: readonly string[], t: Test, unended: boolean) => Promise<void>,
): OpenSource {
  const source = new Receiving({
    ...{ listen, senders: anySender, count: 1, now: Date.now },
    ...{ onCounts: () => {}, onLinks: () => {}, onDropped: () => {}, warn: () => {}, gaps: { add: async () => {} } },
    lossSources: { takeAll: async () => [], save: async () => {}, receivers: null },
    failed: (error) => t.fail(`${error}`),
  });
  t.teardown(() => source.stop());
  const portOf = ({ addresses: { udp, tcp, relp } }: Receiving) => (udp ?? tcp ?? relp)?.port ?? 0;
  return {
    source,
    send: () => sendBy(portOf(source), lines, t, false),
    sendUnended: () => sendBy(portOf(source), lines, t, true),
  };
}

async function sendByTcp(port: number, lines: readonly string[], t: Test, unended: boolean): Promise<void> {
  const socket = connect(port, LOOPBACK.host);
  if (unended) {
    t.teardown(() => socket.destroy());
    socket.write(lines.join('\n'));
    return;
  }
  socket.end(lines.map((line) => `${line}\n`).join(''));
  await once(socket, 'close');
}

/** A frame has its end in it; no `close` says which is the last. */
async function sendByRelp(port: number, lines: readonly string[], t: Test): Promise<void> {
  const socket = connect(port, LOOPBACK.host);
  t.teardown(() => socket.destroy());
  socket.on('error', () => {});
  socket.resume();
  const frames = [relpFrame(1, 'open', OFFERS), ...lines.map((line, index) => relpFrame(index + 2, 'syslog', line))];
  socket.write(Buffer.concat(frames));
  await once(socket, 'connect');
}

async function sendByUdp(port: number, lines: readonly string[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const line of lines) await new Promise((resolve) => socket.send(line, port, LOOPBACK.host, resolve));
  socket.close();
  await once(socket, 'close');
}

function archive(t: Test, lines: readonly string[], reader: ArchiveReader): OpenSource {
  const name = join(temporaryDirectory(t), 'archive.log');
  writeFileSync(name, lines.map((line) => `${line}\n`).join(''));
  const [file] = archiveFilesOf([name], T0);
  if (file === undefined) throw new Error('the file is there');
  const source = new ArchiveSource(reader, file);
  t.teardown(async () => {
    await source.stop();
    await reader.stop();
  });
  return { source, send: async () => {}, sendUnended: async () => writeFileSync(name, lines.join('\n')) };
}
