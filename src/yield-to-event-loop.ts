/**
 * Resolves in a later turn of the event loop, after the sockets and timers that are due now were served. Work that takes
 * long awaits it between its parts, so that lines are received and requests are answered meanwhile. `await` of a settled
 * promise is not enough for that: it continues in the same turn.
 */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when the event loop has looked once at every socket. */
export async function nextPoll(): Promise<void> {
  await yieldToEventLoop();
  await yieldToEventLoop();
}
