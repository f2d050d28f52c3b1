import { Type } from 'typebox';
import { dateTime, nullable } from './types.ts';

/** What was heard of a device: its lines of any kind. */
export const heardSchema = {
  heardAt: Type.Union([dateTime, Type.Null()], { description: 'time of the last line of any kind' }),
  level: nullable(Type.Integer({ description: 'highest level number (0 to 7) in the lines of the device' })),
  recoveryVisible: nullable(
    Type.Boolean({ description: 'false: the device sends no line that could be a recovery; null: not known yet' }),
  ),
};
