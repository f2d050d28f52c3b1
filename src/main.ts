#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { runCommand } from './commands/program.ts';

// Garbage is collected when the heap has grown by so much, in percent of what was alive, instead of up to four times: the
// same work then takes the same memory however long it lasts. V8 reads it after each collection (`node --v8-options`).
setFlagsFromString('--heap-growing-percent=40');
// The room for what is new grows fourfold at a time instead of twofold: it has its full size soon, not at some moment of the
// first minutes or hours.
setFlagsFromString('--semi-space-growth-factor=4');

process.exitCode = await runCommand(process.argv.slice(2));
