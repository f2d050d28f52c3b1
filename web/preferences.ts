/** What a browser remembers: how things look. Never a token, and nothing of devices. */
import { effect, signal } from '@preact/signals';

/** The values that each may have; the first is the one of a new browser. */
const choices = {
  theme: ['system', 'light', 'dark'],
  zone: ['local', 'UTC'],
  density: ['comfortable', 'compact'],
  keys: ['on', 'off'],
} as const;

type Name = keyof typeof choices;
type Value<N extends Name> = (typeof choices)[N][number];

const stored = (name: Name): string | null => {
  try {
    return localStorage.getItem(name);
  } catch {
    // A browser may forbid it: then nothing is remembered.
    return null;
  }
};

function preference<N extends Name>(name: N) {
  const values: readonly string[] = choices[name];
  const found = stored(name);
  return signal((found !== null && values.includes(found) ? found : values[0]) as Value<N>);
}

export const preferences = {
  theme: preference('theme'),
  zone: preference('zone'),
  density: preference('density'),
  keys: preference('keys'),
};

/** The next value of a preference, in a circle. */
export function change(name: Name): void {
  const values: readonly string[] = choices[name];
  const preference = preferences[name];
  (preference as { value: string }).value = values[(values.indexOf(preference.value) + 1) % values.length] as string;
}

/** Shows the preferences on the page, and remembers them. */
export function applyPreferences(): void {
  const { dataset } = document.documentElement;
  for (const name of Object.keys(choices) as Name[])
    effect(() => {
      const { value } = preferences[name];
      dataset[name] = value;
      if (stored(name) === value) return;
      try {
        localStorage.setItem(name, value);
      } catch {
        // As above.
        return;
      }
    });
}
