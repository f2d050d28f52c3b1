import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionOptions, createSecureContext } from 'node:tls';
import { archiveFilesOf } from '../archive/archive-files.ts';
import { parseAddress } from '../config/load.ts';
import { readBounded } from '../config/read-file.ts';
import { limits } from '../core/model/limits.ts';
import { OperatingError, unreadable } from '../errors.ts';
import { counted } from './counted.ts';
import { blocksOf } from './lines.ts';
import { warn } from './output.ts';
import { progressBar } from './progress.ts';
import { relpSender } from './relp-sender.ts';
import { type Sender, type Target, udpSender } from './sender.ts';
import { type StreamFraming, streamSender } from './stream-sender.ts';

/** The ports on which a service listens by default; 6514 is the usual port for TLS. */
const PORTS = { udp: 5514, tcp: 5514, tls: 6514, relp: 2514 } as const;
type Transport = keyof typeof PORTS;

type Options = {
  readonly to?: string;
  readonly transport: Transport;
  readonly framing?: StreamFraming;
  readonly rate: number;
  readonly ca?: string;
  readonly insecure?: boolean;
};

/** Sends the lines of files to a syslog port, at a rate. `terminal`: for the progress bar and the summary. */
export async function send(
  files: readonly string[],
  { transport, to = `127.0.0.1:${PORTS[transport]}`, rate, ...options }: Options,
  terminal: NodeJS.WriteStream = process.stderr,
): Promise<void> {
  const target = targetOf(to);
  const senderOptions = senderOptionsOf(transport, options);
  const sources = archiveFilesOf(files, Date.now());
  const sender = await openSender(transport, target, senderOptions);
  const started = performance.now();
  let sent = 0;
  const bar = await progressBar(sources, '{lines} lines | ', terminal);
  try {
    for (const source of sources) {
      let read = 0;
      const blocks = blocksOf(source, (bytes) => {
        read += bytes;
      });
      for await (const frames of blocks) {
        // The bytes read for a block are shared equally among its lines.
        const share = read / Math.max(1, frames.length);
        read -= share * frames.length;
        for (const { bytes, start, end } of frames) {
          await pace(sent, rate, started);
          await sender.line(bytes.subarray(start, end));
          sent++;
          bar?.increment(share, { lines: sent });
        }
      }
    }
    await sender.end();
  } finally {
    bar?.stop();
    sender.close();
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  warn(`sent ${counted(sent, 'line')} by ${transport} to ${to} in ${seconds} s\n`, terminal);
}

type SenderOptions = { readonly framing?: StreamFraming; readonly tls?: ConnectionOptions };

/** Opens a connection to a syslog port. Default framing: LF on TCP, octet counting on TLS (RFC 5425 §4.3). */
export async function openSender(
  transport: Transport,
  target: Target,
  { framing, tls }: SenderOptions = {},
): Promise<Sender> {
  if (transport === 'udp') return udpSender(target);
  if (transport === 'relp') return relpSender({ target, tls: tls ?? null });
  if (transport === 'tcp') return streamSender({ target, framing: framing ?? 'lf', tls: null });
  return streamSender({ target, framing: framing ?? 'octet-counting', tls: tls ?? {} });
}

/** The options as settings of the sender; `QVW_USAGE` if they contradict each other. */
function senderOptionsOf(
  transport: Transport,
  { framing, ca, insecure }: Pick<Options, 'framing' | 'ca' | 'insecure'>,
): SenderOptions {
  if (framing !== undefined && transport !== 'tcp' && transport !== 'tls') {
    const why = transport === 'udp' ? 'over udp each datagram is one line' : 'relp has frames of its own';
    throw new OperatingError('QVW_USAGE', `--framing needs --transport tcp or tls: ${why}`);
  }
  const speaksTls = ca !== undefined || insecure === true;
  if (speaksTls && transport !== 'tls' && transport !== 'relp') {
    throw new OperatingError('QVW_USAGE', '--ca and --insecure need --transport tls or relp');
  }
  if (ca !== undefined && insecure === true) {
    throw new OperatingError('QVW_USAGE', '--ca and --insecure contradict each other: leave out --ca, or --insecure');
  }
  const trusted = ca === undefined ? {} : { ca: certificatesOf(ca) };
  const framed = framing === undefined ? {} : { framing };
  // RELP is spoken with TLS if it is said whom to trust.
  if (transport !== 'tls' && !speaksTls) return framed;
  return { ...framed, tls: { ...trusted, rejectUnauthorized: insecure !== true } };
}

function certificatesOf(file: string): Buffer {
  let pem: Buffer;
  try {
    pem = readBounded(file, limits.fileBytes);
  } catch (error) {
    throw unreadable(file, error);
  }
  try {
    createSecureContext({ ca: pem });
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  } catch {}
  throw new OperatingError('QVW_USAGE', `--ca ${file} is not a PEM file with certificates: name the file of the CA`);
}

/** Waits until the rate allows the next line; waits of up to 4 ms are skipped, so several lines share a wait. */
async function pace(sent: number, rate: number, started: number): Promise<void> {
  if (rate === 0) return;
  const due = started + (sent / rate) * 1000;
  const ahead = due - performance.now();
  if (ahead > 4) await delay(ahead);
}

function targetOf(text: string): Target {
  const { host, port } = parseAddress(text);
  if (host !== '' && Number.isInteger(port) && port > 0 && port < 65_536) return { host, port };
  throw new OperatingError('QVW_USAGE', `--to "${text}" is not HOST:PORT: write for example 192.0.2.10:5514`);
}
