/** `show license eventlog`: a row is an event of the licensing agent. */
import { Reading, type SectionReader } from './reading.ts';
import { readEventRow } from './shown-time.ts';

/** The headline, and what is printed where there are no rows. */
const SILENT = /^\*{2,}|^No EventLog Found|^Event log .* size:/i;

/** The events that public outputs and FN72298 show. What others say is read as their names say. */
const SHOWN = /^SAEVT_(?:ENDPOINT_USAGE|PLATFORM|DEREGISTER_STATUS)$/;

export const readEventlog: SectionReader = ({ lines }, context) => {
  const reading = new Reading(context);
  for (const line of lines) {
    const text = line.text.trim();
    if (text === '' || SILENT.test(text)) continue;
    const row = readEventRow(text, context.quality);
    if (row === null) reading.miss(line, 'no row of the log of events');
    else if (SHOWN.test(row.name)) reading.state(line, { kind: 'event', ...row });
    else reading.assume(line, { kind: 'event', ...row });
  }
  return reading;
};
