import type { Command } from 'commander';
import { commandTree } from './command-tree.ts';
import { completionScript, type Shell } from './completion.ts';
import { print } from './output.ts';

/** Prints the completion script of a shell. `root`: the whole command line. */
export function printCompletion(shell: Shell, root: Command | null): void {
  if (root !== null) print(completionScript(shell, commandTree(root)));
}
