/** A statement of a capture as evidence: its line, and the hash by which it is known again. */
import type { Fact } from '../capture/fact.ts';
import { hashOfMessage } from './fingerprint.ts';

/** Without what a message code begins with: the line is no message of its own, also where it is read again. */
export function lineOf({ line, text, assumed }: Fact): string {
  return `capture, line ${line}${assumed ? ' (form assumed)' : ''}: ${text.replace(/%(?=[A-Z])/g, '')}`;
}

/** Equal for the same statement in another capture. */
export function hashOfStatement(mnemonic: string, text: string): number {
  return hashOfMessage({ facility: 'CAPTURE', mnemonic, text });
}
