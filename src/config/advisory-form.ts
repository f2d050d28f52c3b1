/** The schema of advisory files. Not loaded for the shipped advisory, which `npm run schema` has checked. */
import { Type } from 'typebox';
import { pointNames } from '../core/advisory/advisory.ts';
import { type HypothesisName, hypotheses } from '../core/model/hypothesis.ts';
import { manners, serverKinds } from '../core/model/message.ts';

const text = Type.String({ minLength: 1 });
const DURATION = '^(?:\\d+(?:ms|[smhdw]))+$';
const duration = Type.String({ pattern: DURATION, description: 'a duration like 48h, 90m or 35d' });
const CAUSES = ['trust', 'transport', 'dns', 'network', 'configuration', 'clock', 'ambiguous'] as const;
const cause = Type.Enum([...CAUSES]);
const kind = Type.Enum(['failure', 'consequence', 'recovery', 'remediation', 'clock', 'hint', 'neutral']);
const weight = Type.Integer({ minimum: 0, maximum: 100 });
/** With 0 a hypothesis without any evidence would lead. */
const leads = Type.Integer({ minimum: 1, maximum: 100 });
const server = Type.Enum([...serverKinds]);
const manner = Type.Enum([...manners]);
const closed = { additionalProperties: false };
const release = Type.String({
  pattern: '^\\d{2}\\.\\d{1,2}\\.\\d{1,2}(?:[a-z]\\d{0,2})?$',
  description: 'an IOS-XE release like 17.3.3 or 16.12.1z1',
});
const day = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$', description: 'a date like 2022-02-23' });
const serial = Type.String({ pattern: '^[0-9A-F]+$', description: 'a serial number in hexadecimal, in upper case' });

const checks = Type.Optional(
  Type.Array(Type.Object({ check: text, commands: Type.Optional(Type.Array(text)) }, closed)),
);

/** The schema of an advisory file. */
export const advisorySchema = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9-]+$', description: 'an id of the advisory: a-z, 0-9 and -' }),
    prefix: Type.String({ pattern: '^[a-z0-9]+$', description: 'the first part of incident ids: a-z and 0-9' }),
    version: Type.Integer({ minimum: 1 }),
    title: text,
    notice: text,
    defect: Type.Optional(text),
    url: Type.Optional(text),
    correlation: Type.Object(
      {
        window: duration,
        lateness: duration,
        holdTime: duration,
        staleAfter: duration,
        stateSuspectsAfter: duration,
        confirmAfter: duration,
        serverMovedAfter: duration,
        reopenWithin: duration,
        reopenUnrepairedWithin: duration,
      },
      closed,
    ),
    assumed: Type.Optional(
      Type.Array(text, { description: 'paths of values that neither a notice nor a capture says' }),
    ),
    grace: Type.String({
      pattern: DURATION,
      description: 'a duration like 365d: how long a device works after its last success',
    }),
    criticalBelow: duration,
    families: Type.Record(
      Type.String(),
      Type.Object(
        {
          weight,
          proof: Type.Optional(Type.Boolean()),
          alone: Type.Optional(Type.Boolean()),
          server: Type.Optional(server),
        },
        closed,
      ),
    ),
    counts: Type.Object(
      { servers: Type.Array(server, { minItems: 1 }), manners: Type.Array(manner, { minItems: 1 }) },
      closed,
    ),
    thresholds: Type.Object(
      {
        suspected: Type.Object(
          {
            score: weight,
            families: weight,
            proofAlone: Type.Optional(Type.Array(text)),
            expired: Type.Optional(Type.Array(text)),
          },
          closed,
        ),
        confirmed: Type.Object({ score: weight }, closed),
        proof: Type.Object({ families: weight }, closed),
        affected: Type.Object({ score: weight, families: weight, repeatedScore: weight }, closed),
        healsByItself: Type.Object({ times: Type.Integer({ minimum: 1, maximum: 8 }), within: duration }, closed),
      },
      closed,
    ),
    noWayOut: Type.Object({ manners: Type.Array(manner), within: duration }, closed),
    clock: Type.Object({ offBy: duration }, closed),
    visibility: Type.Object(
      { level: Type.Integer({ minimum: 0, maximum: 7 }), within: duration, lines: Type.Integer({ minimum: 1 }) },
      closed,
    ),
    hypotheses: Type.Object(
      Object.fromEntries(pointNames.map((name) => [name, name === 'leads' ? leads : weight])) as Record<
        (typeof pointNames)[number],
        typeof weight
      >,
      closed,
    ),
    checks: Type.Object(
      Object.fromEntries(hypotheses.map((name) => [name, checks])) as Record<HypothesisName, typeof checks>,
      closed,
    ),
    causes: Type.Array(
      Type.Object(
        {
          text: Type.Optional(text),
          errorCode: Type.Optional(Type.Integer()),
          cause,
          manner,
          family: Type.Optional(text),
          assumed: Type.Optional(Type.Boolean()),
        },
        closed,
      ),
    ),
    otherwise: Type.Object({ cause, manner }, { ...closed, description: 'of a failure that no row of causes matches' }),
    signals: Type.Record(
      Type.String(),
      Type.Record(
        Type.String(),
        Type.Object(
          {
            kind,
            family: Type.Optional(text),
            cause: Type.Optional(cause),
            manner: Type.Optional(manner),
            claim: Type.Optional(Type.Enum(['state', 'event'])),
            endedBy: Type.Optional(text),
            countsAlso: Type.Optional(Type.Array(manner)),
            needs: Type.Optional(cause),
            trustpoint: Type.Optional(text),
            clock: Type.Optional(Type.Enum(['set', 'unset'])),
            saved: Type.Optional(Type.Boolean()),
            severity: Type.Optional(Type.Literal('keep')),
            licensing: Type.Optional(
              Type.Boolean({ description: 'false for a failure of another service than licensing' }),
            ),
          },
          closed,
        ),
      ),
    ),
    peers: Type.Array(
      Type.Object(
        { text, are: Type.Array(text, { minItems: 1 }), server, assumed: Type.Optional(Type.Boolean()) },
        closed,
      ),
    ),
    hosts: Type.Array(
      Type.Object(
        {
          host: Type.String({
            minLength: 1,
            description: 'a host name like cisco.com: it, and all names below it; a name without a dot is only itself',
          }),
          server,
          assumed: Type.Optional(Type.Boolean()),
        },
        closed,
      ),
      { minItems: 1 },
    ),
    products: Type.Array(
      Type.Object(
        {
          family: text,
          source: text,
          pid: text,
          releases: Type.Optional(Type.Array(release)),
          ranges: Type.Optional(Type.Array(Type.Object({ from: release, to: release }, closed))),
          fixed: Type.Array(release, { minItems: 1 }),
          earlier: Type.Optional(Type.Literal('affected')),
        },
        closed,
      ),
    ),
    servers: Type.Array(Type.Object({ host: text, expires: day }, closed)),
    services: Type.Array(Type.Object({ name: text, symptom: text }, closed)),
    defaultNames: Type.Array(text),
    exempt: Type.Array(text),
    remediation: Type.Object(
      {
        upgrade: text,
        workarounds: Type.Array(
          Type.Object(
            { title: text, commands: Type.Array(text, { minItems: 1 }), choose: Type.Enum(['one', 'all']) },
            closed,
          ),
        ),
        script: Type.Array(text, { minItems: 1 }),
        verify: text,
        oldRoot: Type.Object({ name: text, serial }, closed),
        newRoot: Type.Object({ name: text, serial, pem: text }, closed),
      },
      closed,
    ),
    revisions: Type.Array(Type.Object({ revision: text, date: day }, closed), { minItems: 1 }),
  },
  closed,
);

export type AdvisoryFile = Type.Static<typeof advisorySchema>;
