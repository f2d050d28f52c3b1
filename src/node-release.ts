/** The oldest major version of Node.js that runs this program: `engines` of package.json. */
const OLDEST = 24;

/**
 * One line for a person whose Node.js is too old, or null. `running`: as `process.versions.node` has it, `20.20.2`. Imports
 * nothing: an older Node.js must be able to load it.
 */
export function tooOldNode(running: string): string | null {
  if (Number.parseInt(running, 10) >= OLDEST) return null;
  return `quovadis-watch: this is Node.js ${running}, but Node.js ${OLDEST} or later is needed: install it, then start the command again [QVW_USAGE]`;
}
