/** Where the bytes of rows are in a database, and a bit of them that is changed. */
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { DATABASE_NAME } from '../../../src/store/sqlite/open.ts';

/**
 * `bytes`: where the bytes of a row lie in the file, those of its header first. `judged`: those of a column that only says
 * whether the device is to be judged anew.
 */
export type Place<Table extends string> = {
  readonly table: Table;
  readonly rowid: number;
  readonly bytes: readonly number[];
  readonly judged: readonly number[];
};

/** Where the rows of tables lie in the file (https://sqlite.org/fileformat2.html#b_tree_pages). `mark`: what `judged` has. */
export function placesIn<Table extends string>(data: string, tables: readonly Table[], mark: string): Place<Table>[] {
  const file = join(data, DATABASE_NAME);
  const bytes = readFileSync(file);
  const size = bytes.readUInt16BE(16);
  const database = new Database(file, { readonly: true });
  const leaves = database.prepare<[string], { name: string; pageno: number }>(
    "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'",
  );
  const places = tables.flatMap((table) =>
    leaves.all(table).flatMap(({ pageno }) => {
      const page = (pageno - 1) * size;
      const cells = bytes.readUInt16BE(page + 3);
      return Array.from({ length: cells }, (_, cell) => {
        const start = page + bytes.readUInt16BE(page + 8 + 2 * cell);
        const [length, afterLength] = varint(bytes, start);
        const [rowid, from] = varint(bytes, afterLength);
        const places = payload(bytes, size, from, length);
        const text = Buffer.from(places.map((at) => bytes.readUInt8(at)));
        const [judged, judgedLength] = [text.lastIndexOf(mark), mark.length];
        return {
          table,
          rowid,
          bytes: places,
          judged: judged === -1 ? [] : places.slice(judged, judged + judgedLength),
        };
      });
    }),
  );
  database.close();
  return places;
}

function payload(file: Buffer, size: number, from: number, length: number): number[] {
  const [most, least] = [size - 35, Math.floor(((size - 12) * 32) / 255) - 23];
  const rest = least + ((length - least) % (size - 4));
  const local = length <= most ? length : rest <= most ? rest : least;
  const places = Array.from({ length: local }, (_, index) => from + index);
  for (let next = from + local; places.length < length; ) {
    const page = (file.readUInt32BE(next) - 1) * size;
    for (let index = 4; index < size && places.length < length; index++) places.push(page + index);
    next = page;
  }
  return places;
}

function varint(file: Buffer, from: number): [value: number, end: number] {
  let value = 0;
  for (let at = from; ; at++) {
    const byte = file.readUInt8(at);
    value = value * 128 + (byte & 127);
    if (byte < 128) return [value, at + 1];
  }
}

/** Changes one bit of the database in a directory. */
export function flip(data: string, at: number, bit: number): void {
  const file = openSync(join(data, DATABASE_NAME), 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte.writeUInt8(byte.readUInt8(0) ^ (1 << bit));
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
}
