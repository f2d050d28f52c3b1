/** Where a person wrote what has a problem: the line of a file, a variable, a flag. */
import { type Problem, said } from './problem.ts';
import type { YamlText } from './yaml.ts';

/** A file, with the path of what it has: `sinks`, or empty for the whole configuration. */
type Text = { readonly path: string; readonly file: string; readonly lineOf: YamlText['lineOf'] };

export class Origins {
  /** By path: the name of the variable or flag that has set it. */
  readonly #settings: ReadonlyMap<string, string>;
  readonly #texts: Text[] = [];
  readonly #fileKeys = new Map<string, string>();

  constructor(settings: ReadonlyMap<string, string>) {
    this.#settings = settings;
  }

  addText(text: Text): void {
    this.#texts.unshift(text);
  }

  /** The value at `path` was read from the file that the key at `fileKey` names. */
  addFileKey(path: string, fileKey: string): void {
    this.#fileKeys.set(path, fileKey);
  }

  /** `WHERE: PATH: WORDS`, where WHERE is `FILE:LINE`, `QUOVADIS_…` or `--FLAG`. */
  located(problem: Problem): string {
    const [, fileKey] = [...this.#fileKeys].find(([path]) => isAtOrBelow(problem.path, path)) ?? [];
    const path = fileKey ?? problem.path;
    return `${this.#where(path)}: ${said({ ...problem, path })}`;
  }

  /** Whether a variable or a flag has set the value at the path. */
  isSetting(path: string): boolean {
    return [...this.#settings.keys()].some((set) => isAtOrBelow(path, set));
  }

  #where(path: string): string {
    const setting = [...this.#settings].find(([set]) => isAtOrBelow(path, set))?.[1];
    if (setting !== undefined) return setting;
    const text = this.#texts.find((each) => isAtOrBelow(path, each.path));
    const place = text?.lineOf(path.slice(text.path.length).replace(/^\./, '')) ?? null;
    // A variable that sets one key of a section makes the other keys necessary.
    const below = [...this.#settings].find(([set]) => path !== '' && isAtOrBelow(set, path))?.[1];
    if (below !== undefined && place?.isExact !== true) return below;
    if (text === undefined) return 'the configuration';
    return place === null ? text.file : `${text.file}:${place.line}`;
  }
}

function isAtOrBelow(path: string, above: string): boolean {
  return path === above || above === '' || path.startsWith(`${above}.`) || path.startsWith(`${above}[`);
}
