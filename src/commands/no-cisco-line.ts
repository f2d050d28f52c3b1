import { OperatingError } from '../errors.ts';
import { counted } from './counted.ts';

/** The error for an input in which nothing is of a Cisco device: "no incidents" would be a wrong answer. */
export function noCiscoLine(files: readonly string[], lines: number): OperatingError {
  const names = files.length === 0 ? '-' : files.slice(0, 3).join(', ');
  const more = files.length > 3 ? ` and ${files.length - 3} more` : '';
  return new OperatingError(
    'QVW_NO_CISCO_LINE',
    `none of ${counted(lines, 'line')} in ${names === '-' ? 'stdin' : names}${more} is a Cisco message (%FACILITY-SEVERITY-MNEMONIC): give the syslog of switches`,
  );
}
