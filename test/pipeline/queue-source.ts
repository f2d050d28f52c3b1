import { IntakeQueue } from '../../src/receive/intake-queue.ts';
import type { Source } from '../../src/receive/source.ts';

/** A queue as a source; `acked`: what was acknowledged. */
export class QueueSource extends IntakeQueue implements Source {
  readonly acked: string[];
  readonly ended = false;

  constructor() {
    const acked: string[] = [];
    super({
      acknowledged: (thread, ordinals) => acked.push(`${thread} ${ordinals.length}`),
      boundOf: (_peer, bound) => bound,
    });
    this.acked = acked;
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
}
