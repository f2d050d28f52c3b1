/** A column of texts of which many rows have the same one. */
export class DistinctTexts {
  /** The number of the text of each row. 0 stands for a row that has none yet. */
  codes = new Uint32Array(0);
  readonly #codeOf = new Map<string | null, number>();
  readonly #texts: (string | null)[] = [null];
  /** Rows with each text: one that no row has is forgotten, and its number given to another one. */
  readonly #rows: number[] = [0];
  readonly #free: number[] = [];

  /** How many numbers there are; some may stand for no text any more. */
  get size(): number {
    return this.#texts.length;
  }

  set(row: number, text: string | null): void {
    const before = this.codes[row] as number;
    if (before !== 0 && this.#texts[before] === text) return;
    this.codes[row] = this.#take(text);
    this.#drop(before);
  }

  clear(row: number): void {
    this.#drop(this.codes[row] as number);
    this.codes[row] = 0;
  }

  value(row: number): string | null {
    return this.text(this.codes[row] as number);
  }

  text(code: number): string | null {
    return this.#texts[code] ?? null;
  }

  /** By number: 1 where it stands for one of these texts. */
  allowed(texts: Iterable<string | null>): Uint8Array {
    const allowed = new Uint8Array(this.size);
    for (const text of texts) {
      const code = this.#codeOf.get(text);
      if (code !== undefined) allowed[code] = 1;
    }
    return allowed;
  }

  grow(rows: number): void {
    const codes = new Uint32Array(rows);
    codes.set(this.codes);
    this.codes = codes;
  }

  #take(text: string | null): number {
    let code = this.#codeOf.get(text);
    if (code === undefined) {
      code = this.#free.pop() ?? this.#texts.length;
      this.#codeOf.set(text, code);
      this.#texts[code] = text;
      this.#rows[code] = 0;
    }
    this.#rows[code] = (this.#rows[code] as number) + 1;
    return code;
  }

  #drop(code: number): void {
    if (code === 0) return;
    const rows = (this.#rows[code] as number) - 1;
    this.#rows[code] = rows;
    if (rows > 0) return;
    this.#codeOf.delete(this.#texts[code] ?? null);
    this.#free.push(code);
  }
}
