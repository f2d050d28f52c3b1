/** What is moved between the embedded database and PostgreSQL. Rows are as PostgreSQL has them, so that both can be compared. */

/** `key`: the columns that order the rows, and say how far a move has come. */
export type MovedTable = {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: readonly string[];
};
export type MovedRow = Readonly<Record<string, string | number | null>>;

const serial = (name: string, columns: string, id = 'id'): MovedTable => ({
  ...{ name, key: [id], columns: [id, ...columns.split(' ')] },
});

/**
 * Not moved: what is made of devices (`member`), and what the loss ledger knew: it begins anew. `record` of a device has all its recent
 * signals. `day`: the sums of all instances.
 */
export const movedTables: readonly MovedTable[] = [
  { name: 'device', key: ['key'], columns: ['key', 'judged', 'record'] },
  serial('alias', 'name key'),
  {
    name: 'incident',
    key: ['device', 'ordinal'],
    columns: [
      ...['device', 'ordinal', 'id', 'state', 'severity', 'opened_at', 'changed_at', 'plant', 'product', 'release'],
      ...['diagnosis', 'grace_until', 'grace_bounded', 'place_assumed', 'acknowledged_at', 'acknowledged_by', 'record'],
    ],
  },
  serial('transition', 'device ordinal at decided_at record'),
  serial('evidence', 'device ordinal mnemonic at decisive digest record'),
  serial('note', 'device ordinal at hypothesis diagnosis release record'),
  serial('unparsed', 'received_at device facility mnemonic why raw'),
  serial('notice', 'id sink incident state created_at next_at attempts error record', 'seq'),
  serial('delivered', 'id sink device created_at delivered_at attempts record', 'n'),
  { name: 'alert', key: ['sink', 'key'], columns: ['sink', 'key', 'record'] },
  serial('gap', 'peer name from_at to_at lost at_most'),
  serial('inventory_change', 'device at record'),
  serial('gone_incident', 'device ordinal at into_device into_ordinal'),
  serial('set_aside', 'key why at record'),
  serial('retention', 'at'),
  {
    name: 'day',
    key: ['scope', 'day'],
    columns: [
      ...['scope', 'day', 'opened', 'confirmed', 'recovering', 'resolved', 'closed', 'withdrawn', 'reopened', 'open'],
    ],
  },
];

/** Selects a page of a table: `placeholder(n)` is the n-th value of the key of the last row before. */
export function pageOf(
  { name, key, columns }: MovedTable,
  after: readonly unknown[] | null,
  placeholder: (n: number) => string,
  expressions: Readonly<Record<string, string>> = {},
): string {
  const selected = columns.map((column) => `${expressions[column] ?? column} AS ${column}`);
  const behind =
    after === null ? '' : ` WHERE (${key.join(', ')}) > (${key.map((_, at) => placeholder(at + 1)).join(', ')})`;
  const grouped = name === 'day' ? ' GROUP BY scope, day' : '';
  return `SELECT ${selected.join(', ')} FROM ${name}${behind}${grouped} ORDER BY ${key.join(', ')} LIMIT ${ROWS_AT_ONCE}`;
}

/** Rows of one transaction. */
export const ROWS_AT_ONCE = 1000;

/** Days are rows by instance: their sums. */
export const sumsOfDays = (columns: readonly string[]): Record<string, string> =>
  Object.fromEntries(columns.slice(2).map((column) => [column, `sum(${column})`]));
