/** `show clock` and `show clock detail`. */
import { Reading, type SectionReader } from './reading.ts';
import { readClock } from './shown-time.ts';

export const readClockSection: SectionReader = ({ lines }, context) => {
  const reading = new Reading(context);
  for (const line of lines) {
    const text = line.text.trim();
    if (text === '' || /^Summer time (?:starts|ends)\b|^Timezone\b/i.test(text)) continue;
    const clock = readClock(text);
    if (clock === null) reading.miss(line, 'no time that is understood');
    else reading.state(line, { kind: 'clock', now: clock.now, source: clock.source });
  }
  return reading;
};
