import { loadAdvisory, shippedAdvisory } from '../config/advisory-file.ts';
import { readBounded } from '../config/read-file.ts';
import { nextStep, readTrustpool, trustpoolWanted } from '../core/capture/trustpool.ts';
import { limits } from '../core/model/limits.ts';
import { OperatingError, unreadable } from '../errors.ts';
import { workarounds } from './advisory.ts';
import { counted } from './counted.ts';
import { deviceNamed } from './near-device.ts';
import { operating } from './open-data.ts';
import { print, printJson } from './output.ts';

type Options = {
  advisory?: string;
  json?: boolean;
  device?: string;
  exitCode?: boolean;
  config?: string;
  data?: string;
};

const EXIT_CODES = { present: 0, absent: 3, unknown: 4 } as const;

/** Prints whether the new root is in a trustpool, and what to do next. With `device` the result is stored, too. Returns the exit code. */
export async function trustpoolCommand(file: string, options: Options): Promise<number> {
  const advisory = await loadAdvisory(options.advisory ?? shippedAdvisory);
  const text = read(file);
  const reading = readTrustpool(text, advisory);
  const { newRoot, oldRoot } = advisory.remediation;
  if (reading === null) {
    throw new OperatingError('QVW_USAGE', `${file} is not ${trustpoolWanted(advisory)}`);
  }
  const next = nextStep(reading, advisory);
  if (options.device !== undefined) {
    const name = options.device;
    await operating(options, async (opened) => opened.operations.checkTrustpool(await deviceNamed(opened, name), text));
  }
  const exitCode = options.exitCode === true ? EXIT_CODES[reading.newRoot] : 0;
  if (options.json === true) {
    printJson({ ...reading, next });
    return exitCode;
  }
  const lines = [
    `New root ${newRoot.name}: ${reading.newRoot}`,
    `Old root ${oldRoot.name}: ${reading.oldRoot}`,
    `${counted(reading.certificates.length, 'certificate')} in the output, which is ${reading.complete ? 'complete' : 'not complete, or does not show that it is'}`,
    '',
    next,
    ...(reading.newRoot === 'absent' ? workarounds(advisory) : []),
  ];
  print(`${lines.join('\n')}\n`);
  return exitCode;
}

function read(file: string): string {
  try {
    return readBounded(file === '-' ? 0 : file, limits.fileBytes).toString();
  } catch (error) {
    throw unreadable(file, error);
  }
}
