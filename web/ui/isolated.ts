/** No letter that is written from right to left, and no mark of direction, is before these. */
const TURNS = /[\u0590-\uffff]/;

/**
 * A name within a text that has no elements: a title, a label. Nothing in the name turns what is around it, as a `bdi` would see to.
 */
export function isolated(name: string): string {
  // A mark in the name that ends an isolation would end this one.
  return TURNS.test(name) ? `\u2068${name.replaceAll(/[\u2066-\u2069]/g, '')}\u2069` : name;
}
