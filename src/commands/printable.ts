/** Text from a device or a receiver, without the control characters that would change the terminal. */
export function printable(raw: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  return raw.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\uFFFD');
}
