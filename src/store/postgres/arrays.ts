/**
 * Rows as arrays of their columns, for `unnest`. They are sent in PostgreSQL's binary form: as text, each quote of a record would have
 * to be escaped here and read character by character there.
 */

type Value = string | number | boolean | null;
type Encoding = {
  readonly oid: number;
  /** Bytes of a value. */
  readonly size: (value: never) => number;
  readonly write: (buffer: Buffer, value: never, at: number) => void;
};

const ENCODINGS = {
  text: {
    oid: 25,
    size: (value: string) => Buffer.byteLength(value),
    write: (buffer: Buffer, value: string, at: number) => buffer.write(value, at),
  },
  boolean: {
    oid: 16,
    size: () => 1,
    write: (buffer: Buffer, value: boolean, at: number) => buffer.writeInt8(Number(value), at),
  },
  int2: {
    oid: 21,
    size: () => 2,
    write: (buffer: Buffer, value: number, at: number) => buffer.writeInt16BE(value, at),
  },
  int4: {
    oid: 23,
    size: () => 4,
    write: (buffer: Buffer, value: number, at: number) => buffer.writeInt32BE(value, at),
  },
  int8: {
    oid: 20,
    size: () => 8,
    write: (buffer: Buffer, value: number, at: number) => buffer.writeBigInt64BE(BigInt(value), at),
  },
  float8: {
    oid: 701,
    size: () => 8,
    write: (buffer: Buffer, value: number, at: number) => buffer.writeDoubleBE(value, at),
  },
} satisfies Readonly<Record<string, Encoding>>;

/** A type of the elements of an array. */
export type ElementType = keyof typeof ENCODINGS;

/** Columns by name, with their types. */
export type Columns = Readonly<Record<string, ElementType>>;

const HEAD = 12;
const DIMENSION = 8;
const LENGTH = 4;
const NULL = -1;

/** An array as the value of a parameter. */
export function arrayOf(type: ElementType, values: readonly Value[]): Buffer {
  const { oid, size, write } = ENCODINGS[type] as Encoding;
  let bytes = values.length === 0 ? HEAD : HEAD + DIMENSION;
  let hasNull = 0;
  const sizes = values.map((value) => {
    if (value === null) hasNull = 1;
    const own = value === null ? NULL : size(value as never);
    bytes += LENGTH + Math.max(0, own);
    return own;
  });
  const buffer = Buffer.allocUnsafe(bytes);
  buffer.writeInt32BE(Math.min(1, values.length), 0);
  buffer.writeInt32BE(hasNull, 4);
  buffer.writeInt32BE(oid, 8);
  if (values.length === 0) return buffer;
  buffer.writeInt32BE(values.length, HEAD);
  buffer.writeInt32BE(1, HEAD + 4);
  let at = HEAD + DIMENSION;
  for (const [index, value] of values.entries()) {
    const own = sizes[index] as number;
    at = buffer.writeInt32BE(own, at);
    if (own === NULL) continue;
    write(buffer, value as never, at);
    at += own;
  }
  return buffer;
}

/** The values of rows for `newRows()`, in its order. */
export function arraysOf<C extends Columns>(of: C, rows: readonly Readonly<Record<keyof C, Value>>[]): Buffer[] {
  return Object.entries(of).map(([name, type]) =>
    arrayOf(
      type,
      rows.map((row) => row[name as keyof C]),
    ),
  );
}

/** The rows as a table `new`. `from`: the number of the first parameter. */
export function newRows(of: Columns, from = 1): string {
  const types = Object.values(of).map((type, at) => `$${at + from}::${type}[]`);
  return `unnest(${types.join(', ')}) AS new (${listed(of)})`;
}

/** Their names, with commas. */
export function listed(of: Columns): string {
  return Object.keys(of).join(', ');
}

/** Each becomes what it is in `new`. */
export function assigned(of: Columns): string {
  return Object.keys(of)
    .map((name) => `${name} = new.${name}`)
    .join(', ');
}
