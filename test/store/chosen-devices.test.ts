/** Devices that are chosen by their names, while incidents open and go. */
import t from 'tap';
import { IncidentColumns, type IncidentRow } from '../../src/store/incident-columns.ts';
import { Random } from '../simulation/random.ts';

const seed = Number(process.env['SEED'] ?? 72298);

const rowOf = (device: string, ordinal: number): IncidentRow => ({
  ...{ device, ordinal, state: 'suspected', severity: 'warning', plant: null, product: null, release: null },
  ...{ diagnosis: null, acknowledged: false, openedAt: ordinal, changedAt: ordinal, graceUntil: null },
});

/** The incidents of the columns that are of chosen devices, by a whole list of pages. */
function listed(columns: IncidentColumns, devices: ReturnType<IncidentColumns['chosen']>): string[] {
  const found: string[] = [];
  const filter = { about: { names: ['sw'], incident: null } };
  for (let after: string | undefined; ; ) {
    const page = columns.page({ filter, devices }, 'device', after, 50);
    found.push(...page.rows.map(({ device, ordinal }) => `${device} ${ordinal}`));
    if (page.next === null) return found.sort();
    after = page.next;
  }
}

for (const fleet of [20, 5000]) {
  t.test(
    `the incidents of chosen devices are found, whatever opens and goes meanwhile: ${fleet} devices`,
    async (t) => {
      t.comment(`seed ${seed}`);
      const random = new Random(seed);
      for (let run = 0; run < (fleet > 1000 ? 3 : 200); run++) {
        const columns = new IncidentColumns();
        const present = new Map<string, IncidentRow>();
        /** Devices of which no incident has gone since the beginning. */
        let steady = new Set<string>();
        const put = (device: string, ordinal: number) => {
          columns.put(rowOf(device, ordinal));
          present.set(`${device} ${ordinal}`, rowOf(device, ordinal));
        };
        const remove = (device: string) => {
          const own = [...present.values()].filter((row) => row.device === device);
          const [first] = own;
          if (first === undefined) return;
          columns.remove(device, first.ordinal);
          present.delete(`${device} ${first.ordinal}`);
          steady.delete(device);
        };
        const names = Array.from({ length: fleet }, (_, at) => `sw-${at}`);
        for (const device of names) for (let n = random.below(3); n > 0; n--) put(device, n);
        for (let n = 0; n < 5; n++) remove(random.pick(names));
        steady = new Set(names);
        const wanted = names.filter(() => random.below(3) > 0);
        const devices = columns.chosen();
        for (let from = 0; from < wanted.length; from += Math.ceil(wanted.length / 4)) {
          devices.add(wanted.slice(from, from + Math.ceil(wanted.length / 4)));
          for (let n = 0; n < 8; n++) {
            if (random.below(2) === 0) put(random.pick(names), 10 + n);
            else remove(random.pick(names));
          }
        }
        const chosen = new Set(wanted);
        const of = (row: IncidentRow) => chosen.has(row.device) && steady.has(row.device);
        const expected = [...present.values()].filter(of).map(({ device, ordinal }) => `${device} ${ordinal}`);
        const found = listed(columns, devices);
        t.strictSame(
          found.filter((row) => steady.has(row.split(' ')[0] as string)),
          expected.sort(),
        );
        t.ok(
          found.every((row) => chosen.has(row.split(' ')[0] as string)),
          'and no others',
        );
        const { count } = columns.keys({ filter: { about: { names: ['sw'], incident: null } }, devices }, 0);
        t.equal(count, found.length);
      }
    },
  );
}

t.test('what is asked for beside the devices is found, too', async (t) => {
  const columns = new IncidentColumns();
  for (const device of ['sw-a', 'sw-b', 'sw-c']) for (const ordinal of [1, 2]) columns.put(rowOf(device, ordinal));
  const devices = columns.chosen();
  devices.add(['sw-a', 'sw-none']);
  const page = (incident: { device: string; ordinal: number } | null) =>
    columns
      .page({ filter: { about: { names: [], incident } }, devices }, 'device', undefined, 9)
      .rows.map(({ device, ordinal }) => `${device} ${ordinal}`);
  t.strictSame(page(null), ['sw-a 1', 'sw-a 2']);
  t.strictSame(page({ device: 'sw-b', ordinal: 2 }), ['sw-a 1', 'sw-a 2', 'sw-b 2']);
  columns.put(rowOf('sw-none', 1));
  t.strictSame(page(null), ['sw-a 1', 'sw-a 2', 'sw-none 1'], 'a device without an incident when it was chosen');
});
