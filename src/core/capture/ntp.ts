/** `show ntp status`. */
import { Reading, type SectionReader } from './reading.ts';

const STATE = /^Clock is (un)?synchroni[sz]ed\b/i;
const OFFSET = /^clock offset is (-?\d+(?:\.\d+)?) msec/i;
const SILENT = /^(?:nominal freq|ntp uptime|reference time|root d|loopfilter|system poll|precision|\s*$)/i;

export const readNtp: SectionReader = ({ lines }, context) => {
  const reading = new Reading(context);
  for (const line of lines) {
    const text = line.text.trim();
    const state = STATE.exec(text);
    const [, offset] = OFFSET.exec(text) ?? [];
    if (state !== null) reading.state(line, { kind: 'ntp', synchronized: state[1] === undefined, offsetMs: null });
    else if (/^%\s?NTP is not enabled/i.test(text))
      reading.state(line, { kind: 'ntp', synchronized: false, offsetMs: null });
    else if (offset !== undefined) addOffset(reading, Number(offset));
    else if (!SILENT.test(text)) reading.miss(line, 'not known in show ntp status');
  }
  return reading;
};

function addOffset(reading: Reading, offsetMs: number): void {
  const at = reading.stated.findLastIndex(({ statement }) => statement.kind === 'ntp');
  const ntp = reading.stated[at];
  if (ntp?.statement.kind === 'ntp') reading.stated[at] = { ...ntp, statement: { ...ntp.statement, offsetMs } };
}
