/** `show inventory`: the chassis or stack is the first row, and the units of a stack have rows of their own. */
import type { Unit } from './fact.ts';
import { Reading, type SectionReader } from './reading.ts';

const NAME = /^NAME:\s*"([^"]*)"/i;
const PART = /^PID:\s*(\S+)?\s*,\s*VID:\s*(?:[^,]*?)\s*,\s*SN:\s*(\S+)?/i;

export const readInventory: SectionReader = ({ lines }, context) => {
  const reading = new Reading(context);
  let name: string | null = null;
  let rows = 0;
  for (const line of lines) {
    const text = line.text.trim();
    const part = PART.exec(text);
    if (NAME.test(text)) [name, rows] = [NAME.exec(text)?.[1] ?? '', rows + 1];
    else if (part !== null) {
      const [, pid, serial] = part;
      const unit = rows === 1 ? 'chassis' : unitOf(name ?? '');
      if (unit === null || pid === undefined || serial === undefined) continue;
      reading.state(line, { kind: 'product', pid, unit });
      reading.state(line, { kind: 'serial', serial, pid, unit });
    } else if (text !== '' && !/^-+$/.test(text)) reading.miss(line, 'not known in show inventory');
  }
  return reading;
};

function unitOf(name: string): Unit {
  return /^(?:Switch )?\d+$/i.test(name) ? 'member' : null;
}
