/** The options that this process was started with, by `NODE_OPTIONS` and on the command line; of two the last one counts. */
export function givenNodeOptions(): readonly string[] {
  return [...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/), ...process.execArgv];
}
