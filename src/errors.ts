/**
 * All operating errors: failures that are not defects of the program. `exit`: the exit code of a command that fails with
 * the error (1 failed, 2 usage or invalid input). `retryable`: the same command may succeed later.
 */
export const operatingErrors = {
  QVW_USAGE: { exit: 2, retryable: false, when: 'the command line is not understood' },
  QVW_CONFIG_INVALID: { exit: 2, retryable: false, when: 'the configuration has unknown keys or wrong values' },
  QVW_ADVISORY_INVALID: { exit: 2, retryable: false, when: 'an advisory file has unknown keys or wrong values' },
  QVW_INVENTORY_INVALID: {
    exit: 2,
    retryable: false,
    when: 'an inventory cannot be read, or rows of it were rejected',
  },
  QVW_CAPTURE_INVALID: {
    exit: 2,
    retryable: false,
    when: 'of a capture, or of parts of it, nothing can be taken',
  },
  QVW_REFUSED: { exit: 2, retryable: false, when: 'the action is not possible in the present state' },
  QVW_FILE_UNREADABLE: { exit: 2, retryable: false, when: 'a named file cannot be read' },
  QVW_NO_CISCO_LINE: { exit: 1, retryable: false, when: 'no line of the input is a Cisco message' },
  QVW_NOT_FOUND: { exit: 2, retryable: false, when: 'no device or incident has this name' },
  QVW_NOT_VERIFIED: {
    exit: 1,
    retryable: false,
    when: 'an incident does not follow from its stored evidence, or what was moved is not the same in the end',
  },
  QVW_DATABASE_FOREIGN: {
    exit: 2,
    retryable: false,
    when: 'the database belongs to another program or another version, or cannot hold what is stored',
  },
  QVW_DATABASE_DAMAGED: { exit: 1, retryable: false, when: 'the database file is damaged or not a database' },
  QVW_ROW_DAMAGED: { exit: 1, retryable: true, when: 'a row of the database is not what was stored' },
  QVW_DATABASE_FAILED: { exit: 1, retryable: true, when: 'the database cannot be opened or written' },
  QVW_BACKUP_FAILED: { exit: 1, retryable: true, when: 'a backup cannot be written, or cannot be put in place' },
  QVW_LINES_LOST: { exit: 1, retryable: false, when: 'the service was stopped and could not keep all received lines' },
  QVW_OUTPUT_FAILED: { exit: 1, retryable: true, when: 'what a command prints cannot be written' },
  QVW_ADDRESS_IN_USE: { exit: 1, retryable: true, when: 'another program already listens on the address' },
  QVW_LISTEN_FAILED: { exit: 1, retryable: true, when: 'the program cannot listen on the address' },
  QVW_SEND_FAILED: { exit: 1, retryable: true, when: 'the syslog port cannot be reached' },
} as const satisfies Record<string, { exit: 1 | 2; retryable: boolean; when: string }>;

export type ErrorCode = keyof typeof operatingErrors;

/** `message` says what is wrong and what to do. */
export class OperatingError extends Error {
  readonly code: ErrorCode;
  /** Everything that is wrong, each on one line; mostly the message alone. */
  readonly problems: readonly string[];
  /** What is wrong, without names of hosts and files: for whoever asks whether the service is ready. */
  readonly reason: string | null;

  constructor(
    code: ErrorCode,
    message: string,
    options?: { cause?: unknown; problems?: readonly string[]; reason?: string | undefined },
  ) {
    super(message, options);
    this.name = 'OperatingError';
    this.code = code;
    this.problems = options?.problems ?? [message];
    this.reason = options?.reason ?? null;
  }

  /** The error of several problems, or of one. */
  static of(code: ErrorCode, problems: readonly string[]): OperatingError {
    return new OperatingError(code, problems.join('; '), { problems });
  }

  get exitCode(): 1 | 2 {
    return operatingErrors[this.code].exit;
  }

  get retryable(): boolean {
    return operatingErrors[this.code].retryable;
  }
}

/** The error for a file that was named by the user and cannot be read. */
export function unreadable(name: string, error: unknown): OperatingError {
  return new OperatingError('QVW_FILE_UNREADABLE', `${name} cannot be read: ${readingFailure(error)}`, {
    cause: error,
  });
}

/** Why a file cannot be read, in words for people. */
export function readingFailure(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return readingFailures[code] ?? message;
}

/** By the codes of the system. */
export const readingFailures: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is no directory',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'too many links',
  ENOTREG: 'it is not a regular file',
};
