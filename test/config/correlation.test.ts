import t from 'tap';
import { advisoryOf, loadAdvisory, shippedAdvisory } from '../../src/config/advisory-file.ts';
import { defaults } from '../../src/config/schema.ts';

t.test('advisoryOf() takes every duration of the configuration, and leaves what it does not say', async (t) => {
  const shipped = (await loadAdvisory(shippedAdvisory)).correlation;
  const none = { window: null, holdTime: null, staleAfter: null, reopenWithin: null };
  const rows = [
    [none, shipped],
    [
      { ...none, window: '36h' },
      { ...shipped, windowMs: 36 * 3_600_000 },
    ],
    [
      { ...none, holdTime: '90m' },
      { ...shipped, holdTimeMs: 90 * 60_000 },
    ],
    [
      { ...none, staleAfter: '20d' },
      { ...shipped, staleAfterMs: 20 * 86_400_000 },
    ],
    [
      { ...none, reopenWithin: '12h' },
      { ...shipped, reopenWithinMs: 12 * 3_600_000 },
    ],
  ] as const;
  for (const [correlation, expected] of rows) {
    const { correlation: found } = await advisoryOf({ ...defaults, correlation });
    t.strictSame(found, expected, JSON.stringify(correlation));
  }
});
