/** `show logging`: what is sent where, and the lines of the buffer, which the reader of lines reads. */
import { levelOf } from './levels.ts';
import { Reading, type SectionReader } from './reading.ts';

const TRAP = /^Trap logging: (?:level (\w+)|disabled)/i;
const HOST = /^Logging to ([\w.:-]+)/i;
const BUFFER = /^Log Buffer \(/i;

export const readLogging: SectionReader = ({ lines }, context) => {
  const reading = new Reading(context);
  // Without the headline, as `show logging | begin Log` or a filter prints it, the lines are those of the buffer.
  let inBuffer = !lines.some(({ text }) => /^Syslog logging:/i.test(text.trim()));
  for (const line of lines) {
    const text = line.text.trim();
    const trap = TRAP.exec(text);
    const [, host] = HOST.exec(text) ?? [];
    if (BUFFER.test(text)) inBuffer = true;
    else if (inBuffer || /^(?:<\d+>)?(?:\d+: )?[*.]?\w{3} +\d.*%[A-Z]/.test(text)) {
      if (text !== '') reading.state(line, { kind: 'logged', logged: text });
    } else if (trap !== null) {
      const level = trap[1] === undefined ? null : levelOf(trap[1]);
      if (level === undefined) reading.miss(line, 'no level that is known');
      else reading.state(line, { kind: 'logging-trap', level });
    } else if (host !== undefined) reading.state(line, { kind: 'logging-host', host });
  }
  return reading;
};
