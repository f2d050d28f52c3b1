/** Words about acting on many incidents at once. */
import { count } from './count.ts';

const incidents = (n: number) => count(n, 'incident', 'incidents');

export const bulk = {
  choosePage: 'All of this page',
  chooseMatching: (n: number) => `All ${n.toLocaleString('en')} that match`,
  chooseNone: 'Choose none',
  chosen: (n: number) => `${n.toLocaleString('en')} chosen`,
  allChosen: (n: number) => `all ${n.toLocaleString('en')} that match are chosen`,
  elsewhere: (n: number) => `${n.toLocaleString('en')} not on this page`,
  choiceEnded: 'Other filters: all that matched are not chosen any more.',
  tooMany: (n: number, most: number) =>
    `${incidents(n)}: at most ${most.toLocaleString('en')} at once. Use more filters.`,
  noneAnyMore: 'No incident meets the filters any more.',
  buttons: { acknowledge: 'Acknowledge', note: 'Note', close: 'Close' },
  ofOne: { acknowledge: 'Acknowledge', note: 'Note on', close: 'Close' },
  title: (button: string, n: number) => `${button}: ${incidents(n)}`,
  submit: (button: string, n: number) => (n === 1 ? button : `${button} ${n.toLocaleString('en')}`),
  texts: { acknowledge: 'Note, if you want', note: 'Note', close: 'Why they are closed' },
  becomeYours: 'What somebody else has acknowledged becomes yours.',
  onlyLast: 'An incident that is over, or that is not the last one of its device, is not closed: the answer names it.',
  outcome: (done: number, unchanged: number, refused: number) =>
    [
      `${done.toLocaleString('en')} done`,
      `${unchanged.toLocaleString('en')} unchanged`,
      `${refused.toLocaleString('en')} refused`,
    ].join(' · '),
  outcomeOf: { acknowledge: 'Acknowledged', note: 'Note written', close: 'Closed' },
  refused: 'Refused, and why',
  dismiss: 'Hide',
  free: (n: number) => `${n.toLocaleString('en')} that nobody has taken`,
  acknowledgeAll: (n: number) => (n === 1 ? 'Acknowledge it' : `Acknowledge all ${n.toLocaleString('en')}`),
};
