import { Type } from 'typebox';
import type { Accuracy } from '../../core/fleet/accuracy.ts';
import { hypotheses } from '../../core/model/hypothesis.ts';

const agreement = {
  total: Type.Integer({ description: 'incidents with a disposition; the last one counts' }),
  agreed: Type.Integer({ description: 'incidents whose disposition is the diagnosis that they had at that moment' }),
};

export const accuracySchema = Type.Object({
  ...agreement,
  byDiagnosis: Type.Array(
    Type.Object({
      diagnosis: Type.String(),
      ...agreement,
      dispositions: Type.Array(Type.Object({ hypothesis: Type.Enum([...hypotheses]), count: Type.Integer() })),
    }),
  ),
  byRelease: Type.Array(Type.Object({ release: Type.String(), ...agreement })),
});

export function accuracyView({ byDiagnosis, byRelease, ...all }: Accuracy) {
  return {
    ...all,
    byDiagnosis: byDiagnosis.map(({ dispositions, ...row }) => ({ ...row, dispositions: [...dispositions] })),
    byRelease: [...byRelease],
  };
}
