import { h } from 'preact';
import { words } from '../words/en.ts';
import { useAnnounced } from './announced.ts';

type Props = {
  /** Rows that would move others, or come between them. */
  readonly count: number;
  readonly show: () => void;
};

/** What waits until a person wants to see it. */
export function Waiting({ count, show }: Props) {
  const text = count > 0 ? words.waiting(count) : '';
  useAnnounced(text);
  return text === '' ? null : h('button', { onClick: show }, text);
}
