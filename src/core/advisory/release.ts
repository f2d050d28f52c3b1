/** IOS-XE releases as Cisco numbers them: `17.3.3a`, `16.12.1z1`, and `17.03.03a` as in `show version`. */

export type Release = {
  readonly major: number;
  readonly minor: number;
  readonly maintenance: number;
  /** The rebuild: `a`, `z1`, or nothing. */
  readonly letter: string;
  readonly number: number;
};

/** Null for any other text: an older IOS (`15.2(7)E3`), another system, a misprint. */
export function parseRelease(text: string): Release | null {
  const match = /^(\d{2})\.(\d{1,2})\.(\d{1,2})([a-z]?)(\d{0,2})$/i.exec(text.trim());
  if (match === null) return null;
  const [, major, minor, maintenance, letter = '', number = ''] = match;
  if (letter === '' && number !== '') return null;
  return {
    major: Number(major),
    minor: Number(minor),
    maintenance: Number(maintenance),
    letter: letter.toLowerCase(),
    number: Number(number),
  };
}

/** Negative if `a` is earlier than `b`. A rebuild is later than its original release. */
export function compareReleases(a: Release, b: Release): number {
  return (
    a.major - b.major ||
    a.minor - b.minor ||
    a.maintenance - b.maintenance ||
    (a.letter < b.letter ? -1 : a.letter > b.letter ? 1 : 0) ||
    a.number - b.number
  );
}

/** Releases of one train are 17.3.1, 17.3.2 and so on. */
export function sameTrain(a: Release, b: Release): boolean {
  return a.major === b.major && a.minor === b.minor;
}

/** The release in the form of the field notices. */
export function releaseText({ major, minor, maintenance, letter, number }: Release): string {
  return `${major}.${minor}.${maintenance}${letter}${number === 0 ? '' : number}`;
}
