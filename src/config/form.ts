/** The parts of a JSON schema that the schemas of this program have, and what each allows, in words. */
export type Form = {
  readonly type?: string;
  readonly anyOf?: readonly Form[];
  readonly properties?: Readonly<Record<string, Form>>;
  readonly patternProperties?: Readonly<Record<string, Form>>;
  readonly required?: readonly string[];
  readonly items?: Form;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description?: string;
  /** What the value must be, where `description` says what it is for. */
  readonly form?: string;
  /** The value, and all below it, is never shown. */
  readonly secret?: boolean;
};

/** What is allowed: `must be …`. Never a regular expression. */
export function wordsOf(form: Form): string {
  if (form.anyOf !== undefined) return form.form ?? alternatives(form.anyOf);
  if (form.const !== undefined) return JSON.stringify(form.const);
  if (form.enum !== undefined) return `one of ${form.enum.join(', ')}`;
  return TYPES[form.type ?? '']?.(form) ?? 'another value';
}

function alternatives(forms: readonly Form[]): string {
  const words = forms.filter(({ type }) => type !== 'null').map(wordsOf);
  const listed = words.join(', or ');
  return words.length < forms.length ? `${listed}, or null` : listed;
}

const TYPES: Readonly<Record<string, (form: Form) => string>> = {
  string: ({ form, pattern, description, minLength = 0 }) => {
    if (form !== undefined) return form;
    if (pattern !== undefined) return description ?? 'a text of another form';
    return minLength > 0 ? 'a text that is not empty' : 'a text';
  },
  integer: (form) => `a whole number${range(form)}`,
  number: (form) => `a number${range(form)}`,
  boolean: () => 'true or false',
  null: () => 'null',
  array: ({ minItems = 0, maxItems }) => {
    if (maxItems !== undefined) return `a list of ${minItems} to ${maxItems}`;
    return minItems > 0 ? `a list of at least ${minItems}` : 'a list';
  },
  object: ({ properties = {} }) => {
    const keys = Object.keys(properties);
    return keys.length === 0 ? 'a section' : `a section with keys like ${keys.slice(0, 4).join(', ')}`;
  },
};

function range({ minimum, maximum }: Form): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return maximum === undefined ? '' : ` of at most ${maximum}`;
}

/** Whether the value has the type of the form, whatever its content is. */
export function isOfType({ type, enum: values, const: value }: Form, given: unknown): boolean {
  if (type === undefined) {
    const allowed = values ?? (value === undefined ? [] : [value]);
    return allowed.length === 0 || allowed.some((each) => typeof each === typeof given);
  }
  return typeOf(given) === (type === 'integer' ? 'number' : type);
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** Whether a value that should have this form may be, or have, a secret. */
export function isSecret({ secret, anyOf = [], items }: Form): boolean {
  return secret === true || anyOf.some(isSecret) || (items !== undefined && isSecret(items));
}
