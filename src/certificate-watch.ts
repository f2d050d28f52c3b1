import { statSync } from 'node:fs';

/** How often the files are looked at. A certificate is renewed days before it ends. */
const INTERVAL_MS = 10_000;

/**
 * Calls back when one of the files is another one, or was written, since the last call. Links are followed: Kubernetes and
 * certbot replace a link.
 */
export class CertificateWatch {
  readonly #files: () => readonly string[];
  readonly #onChange: () => void;
  #seen: string;
  #timer: NodeJS.Timeout | null = null;

  constructor(files: () => readonly string[], onChange: () => void) {
    this.#files = files;
    this.#onChange = onChange;
    this.#seen = this.#look();
  }

  start(): void {
    this.#timer = setInterval(() => this.check(), INTERVAL_MS);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  check(): void {
    const seen = this.#look();
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#onChange();
  }

  #look(): string {
    return this.#files().map(stateOf).join('\n');
  }
}

/** A file that nobody may look at any more has changed: whoever reads it says why. */
function stateOf(file: string): string {
  try {
    const { dev, ino, size, mtimeMs } = statSync(file);
    return `${file} ${dev} ${ino} ${size} ${mtimeMs}`;
  } catch (error) {
    return `${file} ${(error as NodeJS.ErrnoException).code}`;
  }
}
