import { OperatingError } from '../../errors.ts';
import type { StoreBounds } from '../ports/store.ts';
import type { Projection } from '../projection.ts';
import { migrate, schemaOf } from './migrate.ts';
import { connectTo, poolsOf, targetOf } from './pools.ts';
import { migrations } from './schema.ts';
import { PostgresStore } from './store.ts';

/** `readOnly`: the database is not brought to this version, and nothing may be written. */
type Options = { readonly instance: string; readonly readOnly?: boolean; readonly bounds?: StoreBounds | undefined };

/** Opens the store in the database of a URL, and brings the database to this version first. */
export async function openPostgres(
  url: string,
  projection: Projection,
  { instance, readOnly = false, bounds = {} }: Options,
): Promise<PostgresStore> {
  if (readOnly) await requirePostgres(url);
  const target = targetOf(url);
  if (!readOnly) {
    const client = await connectTo(target);
    try {
      await migrate(client, target.where);
    } finally {
      await client.end();
    }
  }
  return new PostgresStore(poolsOf(target, { readOnly }), projection, { instance, where: target.where, bounds });
}

/** Throws if the database has no tables of this version yet. */
export async function requirePostgres(url: string): Promise<void> {
  const target = targetOf(url);
  const client = await connectTo(target);
  try {
    if ((await schemaOf(client, target.where)) < migrations.length)
      throw new OperatingError(
        'QVW_FILE_UNREADABLE',
        `PostgreSQL at ${target.where} has no tables of this version yet: start the service once, which makes them`,
      );
  } finally {
    await client.end();
  }
}
