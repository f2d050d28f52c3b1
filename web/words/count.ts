const plural = new Intl.PluralRules('en');

/** `1 line`, `1,284 lines`. */
export const count = (n: number, one: string, other: string): string =>
  `${n.toLocaleString('en')} ${plural.select(n) === 'one' ? one : other}`;
