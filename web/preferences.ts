/** What a browser remembers: how things look. Never a token, and nothing of devices. */
import { effect, signal } from '@preact/signals';
import { note, query } from './router.ts';

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

/** `asked`: by the address that was opened. */
function preference<N extends Name>(name: N, asked: string | null = null) {
  const values: readonly string[] = choices[name];
  const found = asked !== null && values.includes(asked) ? asked : stored(name);
  return signal((found !== null && values.includes(found) ? found : values[0]) as Value<N>);
}

export const preferences = {
  theme: preference('theme'),
  zone: preference('zone', query.peek().get('zone')),
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
  for (const name of Object.keys(choices) as Name[]) {
    const first = preferences[name].peek();
    let isChosen = false;
    effect(() => {
      const { value } = preferences[name];
      dataset[name] = value;
      // What an address asks for is not what somebody has chosen.
      isChosen ||= value !== first;
      if (!isChosen || stored(name) === value) return;
      try {
        localStorage.setItem(name, value);
      } catch {
        // As above.
        return;
      }
    });
  }
  // A copied address shows others the same times.
  effect(() => note('zone', preferences.zone.value === 'UTC' ? 'UTC' : null));
}
