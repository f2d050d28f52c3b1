import { IntakeQueue } from '../../src/receive/intake-queue.ts';
import type { Source } from '../../src/receive/source.ts';

/** A queue as a source; `acked`: what was acknowledged. */
export class QueueSource extends IntakeQueue implements Source {
  readonly acked: string[];
  readonly ended = false;

  constructor() {
    const acked: string[] = [];
    super((thread, frames) => acked.push(`${thread} ${frames}`));
    this.acked = acked;
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
}
