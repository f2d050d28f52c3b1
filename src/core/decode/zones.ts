/**
 * The zone names of `clock timezone` and `clock summer-time` are free text. Only names with the same offset everywhere
 * have an offset here. `CST`, `IST`, `BST` and the like have several meanings, so that the zone is assumed (FN72298
 * itself prints a `CST` of China).
 */
const OFFSET_MINUTES: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  Z: 0,
  WET: 0,
  WEST: 60,
  CET: 60,
  CEST: 120,
  MET: 60,
  MEST: 120,
  METDST: 120,
  EET: 120,
  EEST: 180,
  MSK: 180,
  EST: -300,
  EDT: -240,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
  AKST: -540,
  AKDT: -480,
  HST: -600,
  JST: 540,
  AEST: 600,
  AEDT: 660,
  NZST: 720,
  NZDT: 780,
};

const AMBIGUOUS = new Set(['CST', 'IST', 'BST', 'AST', 'SST', 'AUSEST', 'AUSEDT']);

const NAMES = [...Object.keys(OFFSET_MINUTES), ...AMBIGUOUS];
/** Areas of the time zone database. */
const AREAS = 'Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc';

/**
 * The zones that are no word alone, as a regular expression: `GMT-3`, `EST5EDT` and `EST-5EDT` (POSIX), `Europe/Berlin`.
 * Before an offset stands a known name, because `fw-1` and `sw-12` are hosts.
 */
export const ZONE_WITH_MARKS = `(?:${NAMES.filter((name) => name.length > 1).join('|')}|utc|gmt)[+-]\\d{1,2}(?::?\\d\\d)?|[A-Z]{3,5}[+-]?\\d{1,2}[A-Z]{3,5}|(?:${AREAS})/[A-Z]\\w*(?:[/+-]\\w+)*`;

const WHOLE_WITH_MARKS = new RegExp(`^(?:${ZONE_WITH_MARKS})$`);

export function isZoneName(text: string): boolean {
  const name = text.toUpperCase();
  return Object.hasOwn(OFFSET_MINUTES, name) || AMBIGUOUS.has(name) || WHOLE_WITH_MARKS.test(text);
}

/**
 * Minutes east of UTC of a zone's name (`CET`, `utc`, `UTC+07:30`) or offset (`+0100`); null if the text has no certain
 * offset.
 */
export function zoneOffset(text: string): number | null {
  if (Object.hasOwn(OFFSET_MINUTES, text)) return OFFSET_MINUTES[text] as number;
  const [, name, sign, hours, minutes] = /^([A-Za-z]*)(?:([+-])(\d{1,2}):?(\d\d)?)?$/.exec(text) ?? [];
  if (name === undefined) return null;
  const base = name === '' ? 0 : (OFFSET_MINUTES[name.toUpperCase()] ?? null);
  if (base === null || sign === undefined) return base;
  if (name !== '' && base !== 0) return null;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes ?? 0));
}
