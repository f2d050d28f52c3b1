import { setPriority } from 'node:os';

/** Beside a thread of niceness 0, a thread of this niceness gets a third of a core that both want. */
const NICENESS = 3;

/**
 * Lets the threads that receive go first where all want the processor: a datagram that is not read in time is lost, everything
 * that the main thread does only waits. To be called on the main thread once those threads have started, as a new thread has
 * the niceness of the one that starts it. Only Linux knows the niceness of a single thread; elsewhere nothing happens.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(process.pid, NICENESS);
  } catch {
    // A sandbox may forbid it (seccomp): all threads are equal then.
  }
}
