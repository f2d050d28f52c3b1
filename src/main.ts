#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { runCommand } from './commands/program.ts';

// Garbage is collected when the heap has grown by so much, in percent of what was alive, instead of up to four times: the
// same work then takes the same memory however long it lasts. V8 reads it after each collection (`node --v8-options`).
setFlagsFromString('--heap-growing-percent=40');
// What is new is given its full room in fewer steps: by the usual ones it came there after some minutes, or after hours.
setFlagsFromString('--semi-space-growth-factor=4');

process.exitCode = await runCommand(process.argv.slice(2));
