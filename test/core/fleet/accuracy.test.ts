import t from 'tap';
import { accuracyOf } from '../../../src/core/fleet/accuracy.ts';
import type { DispositionCount } from '../../../src/core/model/disposition.ts';
import type { HypothesisName } from '../../../src/core/model/hypothesis.ts';

const row = (
  diagnosis: HypothesisName | null,
  hypothesis: HypothesisName,
  release: string | null,
  count: number,
): DispositionCount => ({ diagnosis, hypothesis, release, count });

t.test('accuracyOf() counts an incident for which no hypothesis led as one that nobody diagnosed', async (t) => {
  t.match(accuracyOf([row(null, 'trust', '17.3.3', 2), row('trust', 'trust', '17.3.3', 1)]), {
    ...{ total: 3, agreed: 1 },
    byDiagnosis: [
      { diagnosis: 'none', total: 2, agreed: 0, dispositions: [{ hypothesis: 'trust', count: 2 }] },
      { diagnosis: 'trust', total: 1, agreed: 1 },
    ],
  });
});

t.test('accuracyOf() counts by diagnosis and by release, the largest counts first', async (t) => {
  const counts = [
    row('network', 'interception', '17.6.3', 1),
    row('network', 'network', '17.3.3', 2),
    row('trust', 'trust', '17.3.3', 5),
    row('trust', 'trust', null, 1),
    row('trust', 'clock', '17.6.3', 1),
    row('trust', 'interception', '17.6.3', 3),
  ];
  t.strictSame(accuracyOf(counts), {
    total: 13,
    agreed: 8,
    byDiagnosis: [
      {
        diagnosis: 'trust',
        total: 10,
        agreed: 6,
        dispositions: [
          { hypothesis: 'trust', count: 6 },
          { hypothesis: 'interception', count: 3 },
          { hypothesis: 'clock', count: 1 },
        ],
      },
      {
        diagnosis: 'network',
        total: 3,
        agreed: 2,
        dispositions: [
          { hypothesis: 'network', count: 2 },
          { hypothesis: 'interception', count: 1 },
        ],
      },
    ],
    byRelease: [
      { release: '17.3.3', total: 7, agreed: 7 },
      { release: '17.6.3', total: 5, agreed: 0 },
      { release: 'unknown', total: 1, agreed: 1 },
    ],
  });
});

t.test('accuracyOf() counts the rarest releases together, and loses none', async (t) => {
  const counts = ['c', 'a', 'b', 'd'].map((release, n) =>
    row('trust', n > 1 ? 'trust' : 'dns', release, n === 3 ? 9 : 1),
  );
  const { total, agreed, byRelease } = accuracyOf(counts, 2);
  t.strictSame(
    [total, agreed, byRelease],
    [
      12,
      10,
      [
        { release: 'd', total: 9, agreed: 9 },
        { release: 'a', total: 1, agreed: 0 },
        { release: 'others', total: 2, agreed: 1 },
      ],
    ],
  );
});

t.test('accuracyOf() of no dispositions is all zero', async (t) => {
  t.strictSame(accuracyOf([]), { total: 0, agreed: 0, byDiagnosis: [], byRelease: [] });
});
