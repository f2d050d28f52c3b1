import { h } from 'preact';
import type { SenderLoss } from '../../src/serve/schemas.ts';
import { pathOf } from '../router.ts';
import { ListTable } from '../ui/list-table.ts';
import { Link, Time } from '../ui/parts.ts';
import { words } from '../words/later.ts';

/** Senders of which lines are missing, or of which the service has dropped lines. */
export function LossTable({ senders }: { readonly senders: readonly SenderLoss[] }) {
  const rows = senders.map(({ address, received, lost, dropped, reasons, lastHeardAt }) => ({
    key: address,
    cells: [
      h(Link, { to: `/devices${pathOf(address)}` }, h('bdi', {}, address)),
      received.toLocaleString('en'),
      lost === null ? words.lossUnknown : lost.toLocaleString('en'),
      h('span', { title: reasonsOf(reasons) }, dropped.toLocaleString('en'), dropped > 0 && ` (${reasonsOf(reasons)})`),
      h(Time, { at: lastHeardAt, relative: true }),
    ],
  }));
  return h(ListTable, { caption: words.sendersWithLoss, columns: words.lossColumns, rows, numbers: [1, 2] });
}

function reasonsOf(reasons: SenderLoss['reasons']): string {
  return Object.entries(reasons)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${reason} ${count.toLocaleString('en')}`)
    .join(', ');
}
