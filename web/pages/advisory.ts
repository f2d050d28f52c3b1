import { h } from 'preact';
import type { Affected, Advisory as Answer } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { picked } from '../query/lists.ts';
import { ListTable } from '../ui/list-table.ts';
import { Facts, Failure, Items, Panel } from '../ui/parts.ts';
import { QueryForm } from '../ui/query-form.ts';
import { words } from '../words/later.ts';
import { RepairText } from './repair-text.ts';

type Loaded = { readonly advisories: readonly Answer[]; readonly affected: Affected | null };

/** The field notice as data, and whether a release of a product is affected. */
export function Advisory() {
  const asked = picked(['release', 'product']);
  const isWhole = asked.size === 2;
  const loaded = useLoad<Loaded>('advisories');
  const verdict = useLoad<Loaded>(isWhole ? `advisories?${asked}` : null);
  const advisory = loaded.data?.advisories[0] ?? null;
  return h(
    'div',
    { 'aria-busy': loaded.data === null && loaded.error === null },
    h(
      'div',
      { class: 'bar' },
      h(
        'h1',
        {},
        words.advisory,
        advisory !== null && h('span', { class: 'dim' }, ` ${advisory.title} · ${advisory.notice}`),
      ),
    ),
    h(
      Panel,
      { title: words.isMine },
      h(QueryForm, { label: words.isMine, fields: words.isMineFields, button: words.isItAffected }),
      h(Failure, { loaded: verdict }),
      asked.size === 1 && h('p', { class: 'doubt' }, `▲ ${words.giveBoth}`),
      isWhole &&
        verdict.error === null &&
        verdict.data?.affected != null &&
        h(Verdict, { affected: verdict.data.affected }),
    ),
    h(Failure, { loaded }),
    advisory !== null && h(Notice, { advisory }),
  );
}

function Verdict({ affected }: { readonly affected: Affected }) {
  const { product, release, status, family, source, because, fixedIn } = affected;
  return h(
    'div',
    { role: 'status' },
    h(
      'p',
      { class: status === 'fixed' ? 'conclusion well' : 'conclusion doubt' },
      `${status === 'fixed' ? '✓' : '▲'} `,
      h('bdi', {}, `${product} ${release}`),
      `: ${words.statuses[status]}`,
    ),
    h(Facts, {
      rows: [
        [words.becauseOf, because],
        [words.fixedInRelease, fixedIn],
        [words.family, family],
        [words.source, source],
      ],
    }),
  );
}

function Notice({ advisory }: { readonly advisory: Answer }) {
  const { id, version, revisions, products, servers, services, exempt, remediation } = advisory;
  return h(
    'div',
    {},
    h(
      Panel,
      { title: words.affectedReleases },
      h(ListTable, {
        caption: words.affectedReleases,
        columns: words.productColumns,
        rows: products.map(({ family, releases, ranges, fixed, source }) => ({
          key: family,
          cells: [
            [family, h('span', { class: 'dim' }, ` ${source}`)],
            [...releases, ...ranges.map(({ from, to }) => words.range(from, to))].join(', ') || '–',
            fixed.join(', ') || '–',
          ],
        })),
      }),
    ),
    h(
      'div',
      { class: 'pair' },
      h(RepairText, { remediation }),
      h(
        'div',
        {},
        h(
          Panel,
          { title: words.servers },
          h(ListTable, {
            caption: words.servers,
            columns: words.serverColumns,
            rows: servers.map(({ host, expires }) => ({ key: host, cells: [h('code', {}, host), expires] })),
          }),
        ),
        h(
          Panel,
          { title: words.services },
          h(Items, { items: services.map(({ name, symptom }) => `${name}: ${symptom}`) }),
        ),
        h(
          Panel,
          { title: words.facts },
          h(Facts, {
            rows: [
              [words.advisory, `${id} ${version}`],
              [words.exempt, exempt.join(', ')],
              [words.revisions, revisions.map(({ revision, date }) => `${revision} (${date})`).join(', ')],
            ],
          }),
        ),
      ),
    ),
  );
}
