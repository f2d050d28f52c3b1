/** What the doctor has found out about one thing. */

/**
 * `wrong`: somebody has to do `todo`. `unknown`: it could not be found out; `todo` says how. `commands`: what to type at the
 * switches or at this machine.
 */
export type Finding = {
  readonly about: string;
  readonly state: 'ok' | 'wrong' | 'unknown';
  readonly text: string;
  readonly todo: string | null;
  readonly commands: readonly string[];
};

export function ok(about: string, text: string): Finding {
  return { about, state: 'ok', text, todo: null, commands: [] };
}

export function wrong(about: string, text: string, todo: string, commands: readonly string[] = []): Finding {
  return { about, state: 'wrong', text, todo, commands };
}

export function unknown(about: string, text: string, todo: string): Finding {
  return { about, state: 'unknown', text, todo, commands: [] };
}
