import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { limits } from './core/model/limits.ts';

/** What needs a file descriptor: a listener, or the check that is made each second. */
export type DescriptorUse = string;

/** The limit may be changed from outside (`prlimit`). */
const LIMIT_MS = 1000;

/**
 * Whether the process still has file descriptors to spare. Node.js reports nothing when they are used up: libuv closes the
 * connections that it cannot accept, and nobody learns of it. So connections are closed, and counted, before that happens.
 * The kernel gives the lowest free number: the number of a new socket says how many are taken, in all threads.
 */
export class DescriptorRoom {
  #limit = Number.POSITIVE_INFINITY;
  #readAt = Number.NEGATIVE_INFINITY;

  /** `reserve`: how many must be left. A process with few descriptors keeps fewer. */
  hasRoomFor(socket: Socket, reserve: number): boolean {
    const fd = descriptorOf(socket);
    if (fd === null) return true;
    const limit = this.#currentLimit();
    return fd < limit - Math.min(reserve, limit / 8);
  }

  #currentLimit(): number {
    const now = performance.now();
    if (now - this.#readAt >= LIMIT_MS) {
      this.#readAt = now;
      this.#limit = descriptorLimit() ?? this.#limit;
    }
    return this.#limit;
  }
}

/** The soft limit of the process (`ulimit -n`, `LimitNOFILE=`); null where it cannot be read. */
export function descriptorLimit(): number | null {
  try {
    const [, soft = ''] = /^Max open files +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return /^\d+$/.test(soft) ? Number(soft) : null;
  } catch {
    // Not Linux; or there is no descriptor left, which `DescriptorWatch` sees.
    return null;
  }
}

/** Null on Windows, and for a socket that is closed already. */
function descriptorOf(socket: Socket): number | null {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly fd?: number } | null };
  const fd = handle?.fd ?? -1;
  return fd < 0 ? null : fd;
}

/** `descriptorReserve` is for the store, the sinks and the probes; HTTP may take half of it, so that probes are answered. */
export const reserves = { syslog: limits.descriptorReserve, http: limits.descriptorReserve / 2 } as const;
