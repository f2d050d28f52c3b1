import { loadAdvisory, shippedAdvisory } from '../config/advisory-file.ts';
import type { Advisory } from '../core/advisory/advisory.ts';
import { explainHeader, type HeaderExplanation } from '../core/decode/header-explanation.ts';
import { limits } from '../core/model/limits.ts';
import type { Frame } from '../core/model/message.ts';
import { nameOf, withoutDefaultNames } from '../core/model/names.ts';
import { OperatingError } from '../errors.ts';
import { printable } from '../printable.ts';
import { print } from './output.ts';

/** Prints which token of a line's header was read as what, and why the device is what it is. */
export async function explainLine(line: string, files: readonly string[]): Promise<void> {
  if (files.length > 0) {
    throw new OperatingError(
      'QVW_USAGE',
      '--explain takes the line itself and no file: put the line in quotation marks',
    );
  }
  const bytes = Buffer.from(line);
  if (line.trim() === '') throw new OperatingError('QVW_USAGE', '--explain needs a syslog line in quotation marks');
  if (bytes.length > limits.frameBytes) {
    throw new OperatingError('QVW_USAGE', `--explain takes one line of at most ${limits.frameBytes} bytes`);
  }
  const { defaultNames } = await loadAdvisory(shippedAdvisory);
  const explanation = explainHeader({ bytes, start: 0, end: bytes.length } as Frame);
  print(`${[...rows(explanation), `device   ${whyDevice(explanation, defaultNames)}`].join('\n')}\n`);
}

function rows({ header, rest, tokens }: HeaderExplanation): string[] {
  const width = Math.min(40, Math.max(0, ...tokens.map(({ text }) => text.length)));
  return [
    `header   ${printable(header) || '(none)'}`,
    ...tokens.map(({ text, part }) => `  ${printable(text).padEnd(width)}  ${part}`),
    `message  ${printable(rest) || '(none)'}`,
  ];
}

function whyDevice({ origin, relayHost }: HeaderExplanation, defaultNames: Advisory['defaultNames']): string {
  const [own, relays] = [origin, relayHost].map((name) =>
    nameOf(withoutDefaultNames({ origin: name, relayHost: null, peer: null, serial: null }, defaultNames)),
  );
  if (own != null) return `${own}: the name in the device's own part of the header comes first.`;
  const why =
    origin === null
      ? "The device's own part of the header has no name."
      : `"${origin}" is a default name, which identifies no device.`;
  if (relays != null) return `${relays}: the host in the header of a relay. ${why}`;
  const relayWhy = relayHost === null ? '' : ` "${relayHost}" is a default name, too.`;
  return `the address of the sender (in a file: none). ${why}${relayWhy}`;
}
