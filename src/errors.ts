/**
 * The closed table of operating errors: what can go wrong without anybody's program being wrong. `exit` is the exit
 * code of a command that ends with it (1 failed, 2 usage or invalid input); `retryable` says that trying again may help.
 */
export const operatingErrors = {
  QVW_USAGE: { exit: 2, retryable: false, when: 'the command line is not understood' },
  QVW_CONFIG_INVALID: { exit: 2, retryable: false, when: 'the configuration has unknown keys or wrong values' },
  QVW_ADVISORY_INVALID: { exit: 2, retryable: false, when: 'an advisory file is not of its form' },
  QVW_INVENTORY_INVALID: { exit: 2, retryable: false, when: 'an inventory as a whole cannot be read' },
  QVW_REFUSED: { exit: 2, retryable: false, when: 'what was asked for does not fit the state of things' },
  QVW_FILE_UNREADABLE: { exit: 2, retryable: false, when: 'a file that was named cannot be read' },
  QVW_NOT_FOUND: { exit: 2, retryable: false, when: 'no device or incident has that name' },
  QVW_NOT_VERIFIED: { exit: 1, retryable: false, when: 'an incident does not follow from its stored evidence' },
  QVW_DATABASE_FOREIGN: {
    exit: 2,
    retryable: false,
    when: 'the database belongs to another program or another version',
  },
  QVW_DATABASE_DAMAGED: { exit: 1, retryable: false, when: 'the database file is damaged or not a database' },
  QVW_DATABASE_FAILED: { exit: 1, retryable: true, when: 'the database cannot be opened or written' },
  QVW_ADDRESS_IN_USE: { exit: 1, retryable: true, when: 'another program listens there already' },
  QVW_LISTEN_FAILED: { exit: 1, retryable: true, when: 'an address cannot be bound' },
  QVW_SEND_FAILED: { exit: 1, retryable: true, when: 'the syslog port cannot be reached' },
} as const satisfies Record<string, { exit: 1 | 2; retryable: boolean; when: string }>;

export type ErrorCode = keyof typeof operatingErrors;

/** `message` is one line that says what is wrong and what to do. */
export class OperatingError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'OperatingError';
    this.code = code;
  }

  get exitCode(): 1 | 2 {
    return operatingErrors[this.code].exit;
  }

  get retryable(): boolean {
    return operatingErrors[this.code].retryable;
  }
}
