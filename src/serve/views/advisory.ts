import { Type } from 'typebox';
import { nullable } from './types.ts';

export const affectedSchema = Type.Object({
  product: Type.String(),
  release: Type.String(),
  status: Type.Enum(['affected', 'fixed', 'unknown']),
  family: nullable(Type.String()),
  source: nullable(Type.String({ description: 'the field notice' })),
  because: Type.String(),
  fixedIn: nullable(Type.String()),
});

const root = { name: Type.String(), serial: Type.String() };

export const advisorySummarySchema = Type.Object({
  id: Type.String(),
  version: Type.Integer(),
  title: Type.String(),
  notice: Type.String(),
  revisions: Type.Array(Type.Object({ revision: Type.String(), date: Type.String() })),
  products: Type.Array(
    Type.Object({
      family: Type.String(),
      source: Type.String(),
      releases: Type.Array(Type.String()),
      ranges: Type.Array(Type.Object({ from: Type.String(), to: Type.String() })),
      fixed: Type.Array(Type.String()),
    }),
  ),
  servers: Type.Array(Type.Object({ host: Type.String(), expires: Type.String() })),
  services: Type.Array(Type.Object({ name: Type.String(), symptom: Type.String() })),
  exempt: Type.Array(Type.String()),
  remediation: Type.Object({
    upgrade: Type.String(),
    workarounds: Type.Array(
      Type.Object({ title: Type.String(), commands: Type.Array(Type.String()), choose: Type.Enum(['one', 'all']) }),
    ),
    script: Type.Array(Type.String()),
    verify: Type.String(),
    oldRoot: Type.Object(root),
    newRoot: Type.Object({ ...root, pem: Type.String() }),
  }),
});
