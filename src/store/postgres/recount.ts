import type { Device } from '../../core/model/device.ts';
import { type Column, MEMBER_COLUMNS, packMember } from '../codec/member-row.ts';
import { futureDaysText, scopeText } from '../days.ts';
import type { RecountDifference } from '../ports/fleet.ts';
import type { Projection } from '../projection.ts';
import type { PostgresDays } from './days.ts';
import type { PostgresDevices } from './devices.ts';
import type { Session } from './session.ts';

/** Devices that are compared at once. */
const ROWS = 500;
type Row = Readonly<Record<string, Column>> & { readonly key: string };
type Parts = {
  readonly devices: PostgresDevices;
  readonly days: PostgresDays;
  readonly projection: Pick<Projection, 'memberOf'>;
};

/** Compares what is kept of the fleet with the devices, and the days with the incidents. Changes nothing. */
export async function* differencesIn(
  session: Session,
  { devices, days, projection }: Parts,
  now: number,
): AsyncGenerator<RecountDifference> {
  const waiting = await devices.unprojected(session);
  if (waiting > 0) yield `${waiting} devices of a former version are not counted yet`;
  for (let after = ''; ; ) {
    const found = await devices.list(session, { after, limit: ROWS });
    const upTo = found.length < ROWS ? null : (found.at(-1)?.key ?? null);
    const sql = `SELECT key, ${MEMBER_COLUMNS.join(', ')} FROM member WHERE key > $1 AND ($2::text IS NULL OR key <= $2) ORDER BY key`;
    yield* compared(found, await session.rows<Row>(sql, after, upTo), projection, waiting > 0);
    if (upTo === null) break;
    after = upTo;
  }
  for (const { plant, kept, counted } of await days.differences(session))
    yield `the days of ${scopeText(plant)} end with ${kept} open incidents, and ${counted} are open`;
  for (const { plant, days: count, last } of await days.future(session, now)) yield futureDaysText(plant, count, last);
}

function* compared(
  devices: readonly Device[],
  rows: readonly Row[],
  { memberOf }: Pick<Projection, 'memberOf'>,
  isPartial: boolean,
): Generator<RecountDifference> {
  const kept = new Map(rows.map((row) => [row.key, row]));
  for (const device of devices) {
    const { key } = device;
    const stored = kept.get(key);
    kept.delete(key);
    if (stored === undefined) {
      if (!isPartial) yield `${key}: no facts are kept`;
      continue;
    }
    const is = packMember(memberOf(device));
    for (const [index, column] of MEMBER_COLUMNS.entries())
      if (stored[column] !== is[index])
        yield `${key}: ${column} is kept as ${JSON.stringify(stored[column])}, and is ${JSON.stringify(is[index])}`;
  }
  for (const key of kept.keys()) yield `${key}: facts are kept, and there is no such device`;
}
