#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { withNodeOptions } from './commands/node-options.ts';
import { ServiceSignals } from './commands/service-signals.ts';
import { tooOldNode } from './node-release.ts';

const tooOld = tooOldNode(process.versions.node);
if (tooOld !== null) {
  process.stderr.write(`${tooOld}\n`);
  process.exit(2);
}

const isService = process.argv[2] === 'serve';
if (isService) withNodeOptions();
// A service that is asked to end or to reload while it starts does not fail.
const signals = isService ? new ServiceSignals() : null;

// V8 collects garbage when the heap has grown by this percentage of the live objects. The default lets it grow up to four
// times. With this value the same work needs the same memory, however long it runs. V8 reads the flag after each
// collection (`node --v8-options`).
setFlagsFromString('--heap-growing-percent=40');
// The space for new objects grows by a factor of 4 instead of 2: it reaches its full size soon after the start instead of
// some minutes or hours later.
setFlagsFromString('--semi-space-growth-factor=4');

// An older Node.js cannot load this module: not before its release is known.
const { keepCompiledModules } = await import('./compile-cache.ts');
keepCompiledModules(process.env);
// Only what is imported after this is kept.
const { runCommand } = await import('./commands/program.ts');
process.exitCode = await runCommand(process.argv.slice(2), signals);
