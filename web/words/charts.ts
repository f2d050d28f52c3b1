/** Words of charts. */
import { count } from './count.ts';

type Day = { readonly day: string; readonly open: number } | undefined;

export const charts = {
  asTable: 'As table',
  asTableOf: (title: string) => `As table: ${title}`,
  burnDown: 'Burn-down',
  burnDownTitle: (first: Day, last: Day) =>
    `Open incidents by day: ${first?.open.toLocaleString('en')} on ${first?.day}, ${last?.open.toLocaleString('en')} on ${last?.day}`,
  daysShort: (days: number) => `${days} d`,
  daysLong: (days: number) => count(days, 'day', 'days'),
  pace: (needed: string, done: string, isSlow: boolean) =>
    `needed ${needed}/day · done ${done}/day in the last 7 days${isSlow ? ': too slow' : ''}`,
  withoutGrace: (n: number) =>
    `The end of grace is not known of ${count(n, 'open incident', 'open incidents')}: what is needed leaves them out.`,
  dayColumns: ['Day (UTC)', 'Open', 'Opened', 'Done'],
  assumed: '(assumed)',
  noDays: 'No incident was open in these days.',
  today: 'today',
  ahead: (days: number) => `+${days} d`,
  keyOpen: 'open',
  keyAssumed: 'assumed, from incidents of an older version',
  keyNeeded: 'as needed',
  keyDone: 'as in the last 7 days',
  graceEnd: 'Grace ends',
  graceTitle: (n: number) => `Ends of grace by week, of ${count(n, 'failing device', 'failing devices')}`,
  graceOver: 'over',
  graceAtMost: 'at most known',
  graceWeek: (monday: string) => `week of ${monday}`,
  graceLater: (monday: string) => `from ${monday} on`,
  graceKeys: {
    over: (n: number) => `over ${n.toLocaleString('en')}`,
    week: (n: number) => `in that week ${n.toLocaleString('en')}`,
    rest: (n: number) => `later ${n.toLocaleString('en')}`,
    bounded: (n: number) => `only the latest end known ${n.toLocaleString('en')}`,
  },
  noGrace: 'No end of grace is known of a failing device.',
  graceColumns: ['When (UTC)', 'Devices'],
};
