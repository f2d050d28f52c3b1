import { h } from 'preact';
import type { RepairTask } from '../../src/serve/schemas.ts';
import { apiUrl } from '../api.ts';
import { useLoad } from '../load.ts';
import { pathOf } from '../router.ts';
import { ListTable } from '../ui/list-table.ts';
import { Failure, Link, Panel, Severity } from '../ui/parts.ts';
import { words } from '../words/later.ts';
import { BulkOutcome } from './bulk-outcome.ts';
import { Grace } from './incident-row.ts';
import { Commands } from './next-steps.ts';
import { FreeIncidents } from './plant-free.ts';

/** Rows that are shown; the CSV has all. */
const SHOWN = 50;
const ALL = 10_000;

type Props = {
  readonly plant: string;
  /** The plant as a filter of incidents. */
  readonly filter: URLSearchParams;
};

/** The devices of a plant to repair next, the most urgent first. */
export function NextDevices({ plant, filter }: Props) {
  const asked = (more: Record<string, string>) => `fleet/next?${new URLSearchParams({ plant, ...more })}`;
  const loaded = useLoad<{ tasks: readonly RepairTask[] }>(asked({ limit: `${SHOWN}` }), 'live');
  const tasks = loaded.data?.tasks ?? null;
  return h(
    Panel,
    {
      title: words.nextDevices,
      aside: h(
        'span',
        { class: 'kinds' },
        h(FreeIncidents, { filter }),
        h(
          'a',
          { class: 'button', href: apiUrl(asked({ limit: `${ALL}`, format: 'csv' })), download: '' },
          words.csvOfNext,
        ),
      ),
    },
    h(BulkOutcome, {}),
    h(Failure, { loaded }),
    tasks?.length === 0
      ? h('p', { class: 'dim' }, words.noneToRepair)
      : h(ListTable, {
          ...{ caption: words.nextDevices, columns: words.nextColumns, ghosts: 5 },
          rows: tasks?.map(rowOf) ?? null,
        }),
    tasks?.length === SHOWN && h('p', { class: 'dim' }, words.restInCsv(SHOWN)),
  );
}

function rowOf(task: RepairTask) {
  const { device, incident, severity, state, diagnosis, remediation, fixedIn, commands, checks } = task;
  return {
    key: device,
    cells: [
      h(
        Link,
        { to: incident === null ? `/devices${pathOf(device)}` : `/incidents${pathOf(incident)}` },
        h('bdi', {}, device),
      ),
      severity === null ? words.byCapture : h(Severity, { value: severity }),
      remediation === null ? state : `${state} · ${words.repairIs[remediation as 'seen'] ?? remediation}`,
      diagnosis ?? '–',
      h(Grace, { incident: task }),
      h('bdi', {}, fixedIn ?? '–'),
      h(
        'details',
        {},
        h('summary', {}, commands.length > 0 ? words.commandCount(commands.length) : words.checkCount(checks.length)),
        h(Commands, { commands }),
        (commands.length === 0 || incident === null) &&
          h(
            'ul',
            {},
            checks.map((check) => h('li', { key: check }, check)),
          ),
      ),
    ],
  };
}
