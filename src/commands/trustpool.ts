import { readFileSync } from 'node:fs';
import { loadAdvisory, shippedAdvisory } from '../config/advisory-file.ts';
import { readTrustpool } from '../core/advisory/trustpool.ts';
import { OperatingError } from '../errors.ts';
import { workarounds } from './advisory.ts';
import { unreadable } from './lines.ts';

/** Says whether the new root is in a trustpool, and what to do next. */
export function trustpoolCommand(file: string, options: { advisory?: string; json?: boolean }): void {
  const advisory = loadAdvisory(options.advisory ?? shippedAdvisory);
  const reading = readTrustpool(read(file), advisory);
  const { verify, newRoot, oldRoot } = advisory.remediation;
  if (reading === null) {
    throw new OperatingError('QVW_USAGE', `${file} is no output of "${verify}": save the whole of it, without paging`);
  }
  const next = {
    present: 'The new root is there. After an import by hand save it (wr mem), then wait for a success of the device.',
    absent: 'The new root is missing. Import it, or upgrade:',
    unknown: `Not all of the output is here. Give all of it: terminal length 0, then ${verify}`,
  }[reading.newRoot];
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ ...reading, next })}\n`);
    return;
  }
  const lines = [
    `${newRoot.name} (new): ${reading.newRoot}`,
    `${oldRoot.name} (old): ${reading.oldRoot}`,
    `${reading.certificates.length} certificates, ${reading.complete ? 'complete' : 'not complete'}`,
    '',
    next,
    ...(reading.newRoot === 'absent' ? workarounds(advisory) : []),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function read(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}
