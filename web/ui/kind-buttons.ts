import { h } from 'preact';

type Props<Kind extends string> = {
  readonly names: Readonly<Record<Kind, string>>;
  readonly pressed: readonly string[];
  readonly toggle: (kind: Kind) => void;
};

/** A button for each kind of rows of a timeline, by its name. */
export function kindButtons<Kind extends string>({ names, pressed, toggle }: Props<Kind>) {
  return (Object.keys(names) as Kind[]).map((kind) =>
    h('button', { key: kind, 'aria-pressed': pressed.includes(kind), onClick: () => toggle(kind) }, names[kind]),
  );
}
