import { Type } from 'typebox';
import type { NextStep } from '../../core/diagnose/next-step.ts';
import { hypotheses } from '../../core/model/hypothesis.ts';
import { nullable } from './types.ts';

export const nextStepSchema = Type.Object(
  {
    diagnosis: nullable(Type.Enum([...hypotheses])),
    why: Type.Array(Type.String(), { description: 'what speaks for the diagnosis' }),
    commands: Type.Array(Type.String(), { description: 'of the repair, in their order; empty where it cannot help' }),
    checks: Type.Array(Type.Object({ check: Type.String(), commands: Type.Array(Type.String()) })),
    fixedIn: nullable(Type.String({ description: 'the nearest release with the fix, if an upgrade can help' })),
    verify: Type.Array(Type.String(), { description: 'how to see that the repair has helped' }),
    nothingBecause: nullable(Type.String({ description: 'why there is nothing to do; null if there is something' })),
  },
  { description: 'what to do now, by the diagnosis in view of the fleet' },
);

export function nextStepView({ why, commands, checks, verify, ...rest }: NextStep) {
  return {
    ...rest,
    ...{ why: [...why], commands: [...commands], verify: [...verify] },
    checks: checks.map(({ check, commands: shown }) => ({ check, commands: [...shown] })),
  };
}
