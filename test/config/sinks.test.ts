import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { shippedAdvisory } from '../../src/config/advisory-file.ts';
import { advisoryProblems } from '../../src/config/advisory-problems.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type Problem, said } from '../../src/config/problem.ts';
import { readSinks } from '../../src/config/sinks.ts';
import { type SinkSettings, sinkKinds } from '../../src/notify/sinks.ts';

const SECRET = `whsec_${'A'.repeat(32)}`;
/** More milliseconds than a number can hold exactly. */
const BEYOND = '99999999999999999999w';
const hook = { kind: 'webhook', url: 'https://example.net/hook', secret: SECRET };

function read(...sinks: readonly unknown[]): { sinks: SinkSettings[]; problems: string[] } {
  const problems: Problem[] = [];
  return { sinks: readSinks(sinks, problems), problems: problems.map(said) };
}

t.test('readSinks() sets the default of each key that is left out', async (t) => {
  const am = { kind: 'alertmanager', urls: ['http://127.0.0.1:9093/', 'http://am-2.example.net:9093'] };
  const { sinks, problems } = read(am, hook, hook, { kind: 'pagerduty', routingKey: 'R' });
  t.same(problems, []);
  const common = { only: { states: [], severities: [], plants: [] }, timeoutMs: 15_000, authorization: null };
  t.same(sinks, [
    {
      ...{ ...common, kind: 'alertmanager', name: 'alertmanager', resendMs: 60_000 },
      ...{
        urls: ['http://127.0.0.1:9093', 'http://am-2.example.net:9093'],
        grouping: { above: 10, withinMs: 600_000 },
      },
    },
    { ...common, kind: 'webhook', name: 'webhook', url: hook.url, secrets: [SECRET], headers: {}, allowPrivate: false },
    {
      ...common,
      kind: 'webhook',
      name: 'webhook-2',
      url: hook.url,
      secrets: [SECRET],
      headers: {},
      allowPrivate: false,
    },
    {
      ...{ ...common, kind: 'pagerduty', name: 'pagerduty', allowPrivate: false },
      ...{ url: 'https://events.pagerduty.com/v2/enqueue', routingKey: 'R' },
    },
  ]);
});

t.test('readSinks() reports each problem with its path and what to do', async (t) => {
  const rows: [unknown, string | RegExp][] = [
    ['alertmanager', 'sinks[0]: must be a section with the key kind, not a text'],
    [{ kind: 7 }, `sinks[0].kind: give one of ${Object.keys(sinkKinds).join(', ')}`],
    [{ kind: 'smtp' }, `sinks[0].kind: "smtp" is unknown, give one of ${Object.keys(sinkKinds).join(', ')}`],
    [{ kind: 'alertmanger' }, 'sinks[0].kind: "alertmanger" is unknown, did you mean "alertmanager"?'],
    [{ kind: 'alertmanager', urls: [] }, /^sinks\[0\]\.urls: must be a list of at least 1, not an empty list/],
    [{ kind: 'alertmanager', urls: ['10.0.0.1:9093'] }, /^sinks\[0\]\.urls\[0\]: /],
    [{ ...hook, secrets: SECRET }, 'sinks[0].secrets: unknown key, did you mean "secret"?'],
    [{ ...hook, secret: 'hunter2' }, /^sinks\[0\]\.secret: must be whsec_ and 24 to 64 random bytes in base64/],
    [{ ...hook, url: 'ftp://example.net' }, /^sinks\[0\]\.url: /],
    [{ ...hook, url: 'http://exa mple.net' }, /^sinks\[0\]\.url: /],
    [
      { ...hook, url: 'http://10.1.2.3/hook' },
      'sinks[0].url: 10.1.2.3 is not a public address; if you mean this address, set allowPrivate: true',
    ],
    [{ ...hook, url: 'http://[::1]/' }, /^sinks\[0\]\.url: \[::1\] is not a public address/],
    [{ ...hook, only: { severities: ['fatal'] } }, /^sinks\[0\]\.only\.severities\[0\]: /],
    [{ ...hook, name: 'The Hook' }, /^sinks\[0\]\.name: must be 1 to 64 characters/],
    [{ kind: 'pagerduty' }, /^sinks\[0\]: .*routingKey/],
    [{ kind: 'alertmanager', urls: ['http://a'], resend: 'often' }, /^sinks\[0\]\.resend: /],
    [{ kind: 'alertmanager', urls: ['http://a'], resend: '0s' }, 'sinks[0].resend: 0s is not between 1s and 1d'],
    [{ kind: 'alertmanager', urls: ['http://a'], resend: '30d' }, 'sinks[0].resend: 30d is not between 1s and 1d'],
    [
      { kind: 'alertmanager', urls: ['http://a'], grouping: { within: BEYOND } },
      /^sinks\[0\]\.grouping\.within: 9+w is not/,
    ],
    [{ ...hook, url: 'https://kim:hunter2@example.net/' }, /^sinks\[0\]\.url: a URL with a user .* authorization$/],
    [{ kind: 'alertmanager', urls: ['http://a', 'http://:hunter2@b'] }, /^sinks\[0\]\.urls\[1\]: a URL with a user/],
    [{ ...hook, url: 'http://kim:hunter2@example.net:99999/' }, 'sinks[0].url: this is not a URL'],
    [{ ...hook, authorization: 'Bearer hunter2\n' }, /^sinks\[0\]\.authorization: must be printable ASCII on one line/],
    [{ ...hook, authorization: ' Bearer hunter2' }, /^sinks\[0\]\.authorization: must be/],
    [{ ...hook, authorization: 'Bearer hunter2é' }, /^sinks\[0\]\.authorization: must be/],
    [{ ...hook, headers: 'x: hunter2' }, 'sinks[0].headers: must be a section, not a text'],
    [{ ...hook, headers: { 'x y': 'hunter2' } }, /^sinks\[0\]\.headers\."x y": a name of a header has only letters/],
    [{ ...hook, headers: { x: 'hunter2\n' } }, /^sinks\[0\]\.headers\.x: must be printable ASCII on one line/],
    [{ ...hook, headers: { x: 7 } }, /^sinks\[0\]\.headers\.x: must be .*, not a number$/],
    [{ ...hook, headers: { x: 'a', X: 'hunter2' } }, 'sinks[0].headers.X: this header is given twice'],
    [
      { ...hook, headers: { Authorization: 'hunter2' } },
      'sinks[0].headers.Authorization: give it in the key authorization, or in authorizationFile',
    ],
    [{ ...hook, headers: { 'Webhook-Id': 'a' } }, /^sinks\[0\]\.headers\.Webhook-Id: the service sets this header/],
    [{ ...hook, headers: { Host: 'a' } }, 'sinks[0].headers.Host: HTTP sets this header itself'],
    [{ kind: 'pagerduty', routingKey: 'R', headers: {} }, /^sinks\[0\]\.headers: unknown key/],
    [{ ...hook, timeout: '99ms' }, 'sinks[0].timeout: 99ms is not between 100ms and 1h'],
    [{ ...hook, timeout: BEYOND }, /^sinks\[0\]\.timeout: 9+w is not between/],
  ];
  for (const [sink, expected] of rows) {
    const { problems } = read(sink);
    t.match(problems, [expected], `${JSON.stringify(sink)}: ${problems.join('; ')}`);
    t.equal(problems.length, 1, `${problems}`);
    t.notMatch(problems, [/hunter2/], 'a problem does not repeat a secret');
  }
  t.match(read({ ...hook, name: 'a' }, { ...hook, name: 'a' }).problems, [
    /^sinks\[1\]\.name: "a" is the name of another sink/,
  ]);
  t.same(read({ ...hook, url: 'http://10.1.2.3/hook', allowPrivate: true }).problems, []);
  t.same(read({ ...hook, authorization: 'Basic a2lt Og==' }).problems, []);
  t.match(read({ ...hook, headers: { 'X-Key': 'a b' } }), { problems: [], sinks: [{ headers: { 'x-key': 'a b' } }] });
});

t.test('loadConfig() reads sinks in the environment as YAML', async (t) => {
  const load = (text: string) => loadConfig({ environment: { QUOVADIS_SINKS: text }, flags: {} }).sinks;
  t.match(load('[{ kind: alertmanager, urls: ["http://127.0.0.1:9093"], grouping: null }]'), [{ grouping: null }]);
  t.same(load(''), []);
  t.throws(() => load('alertmanager'), /sinks: must be a list/);
  t.throws(() => load('[{'), /sinks: must be a list/);
});

t.test(
  'loadConfig() and advisoryProblems() refuse durations outside their bounds, also beyond any number',
  async (t) => {
    const correlation = { QUOVADIS_CORRELATION_WINDOW: BEYOND, QUOVADIS_CORRELATION_HOLD_TIME: '0s' };
    t.throws(
      () => loadConfig({ environment: correlation, flags: {} }),
      /correlation\.holdTime: 0s is not between 1s and 7d; QUOVADIS_CORRELATION_WINDOW: correlation\.window: 9+w is not between 1s and 90d$/,
    );
    const file = parse(readFileSync(shippedAdvisory, 'utf8'));
    const over = { grace: BEYOND, criticalBelow: '0s', correlation: { ...file.correlation, staleAfter: '3651d' } };
    t.same(advisoryProblems(file).map(said), []);
    t.match(advisoryProblems({ ...file, ...over }).map(said), [
      'correlation.staleAfter: 3651d is not between 1s and 3650d',
      'criticalBelow: 0s is not between 1s and 3650d',
      /^grace: 9+w is not between/,
    ]);
  },
);
