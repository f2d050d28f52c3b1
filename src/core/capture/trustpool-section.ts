/** `show crypto pki trustpool`, by the one reader of trustpools. */
import { Reading, type SectionReader } from './reading.ts';
import { poolText } from './sections.ts';
import { readTrustpool } from './trustpool.ts';

export const readTrustpoolSection: SectionReader = (section, context) => {
  const reading = new Reading(context);
  const pool = section.pool ?? readTrustpool(poolText(section), context.advisory);
  const first = section.lines.find(({ text }) => text.trim() !== '');
  if (pool !== null && first !== undefined) reading.state(first, { kind: 'trustpool', reading: pool });
  else if (first !== undefined) reading.miss(first, 'not the output of a trustpool');
  return reading;
};
