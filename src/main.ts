#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { EarlyStop } from './commands/early-stop.ts';
import { withNodeOptions } from './commands/node-options.ts';
import { keepCompiledModules } from './compile-cache.ts';

const isService = process.argv[2] === 'serve';
if (isService) withNodeOptions();
// A service that is asked to end while it starts does not fail.
const early = isService ? new EarlyStop() : null;

// V8 collects garbage when the heap has grown by this percentage of the live objects. The default lets it grow up to four
// times. With this value the same work needs the same memory, however long it runs. V8 reads the flag after each
// collection (`node --v8-options`).
setFlagsFromString('--heap-growing-percent=40');
// The space for new objects grows by a factor of 4 instead of 2: it reaches its full size soon after the start instead of
// some minutes or hours later.
setFlagsFromString('--semi-space-growth-factor=4');

keepCompiledModules(process.env);
// Only what is imported after this is kept.
const { runCommand } = await import('./commands/program.ts');
process.exitCode = await runCommand(process.argv.slice(2), early);
