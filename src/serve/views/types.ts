/** Types for the schemas of several views. */
import { type TSchema, type TSchemaOptions, Type } from 'typebox';

export const dateTime = Type.String({ format: 'date-time' });

export function nullable<T extends TSchema>(type: T, options: TSchemaOptions = {}) {
  return Type.Union([type, Type.Null()], options);
}

/** `instant`: milliseconds. */
export function toDateTime(instant: number): string {
  return new Date(instant).toISOString();
}
