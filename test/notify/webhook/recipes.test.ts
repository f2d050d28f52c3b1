/** The recipes of docs/integrations.md for ServiceNow and Jira, word by word, with the notices of the life of an incident. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import type { Problem } from '../../../src/config/problem.ts';
import { readSinks } from '../../../src/config/sinks.ts';
import { type CloudEvent, cloudEvent } from '../../../src/notify/webhook/payload.ts';
import { webhookTest } from '../../../src/notify/webhook/test-notice.ts';
import { life, route } from '../../core/announce/life.ts';
import { advisory, T0, temporaryDirectory } from '../../given.ts';

const page = readFileSync(new URL('../../../docs/integrations.md', import.meta.url), 'utf8');
const sectionOf = (name: string): string =>
  page.split(/^## /m).find((section) => section.startsWith(`${name}\n`)) ?? '';
const block = (section: string, kind: string): string =>
  new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\`$`, 'ms').exec(sectionOf(section))?.[1] ?? '';

const notices = life([route('all')]).map((announcement, nth) =>
  cloudEvent(`notice-${nth}`, announcement, 'https://watch.example.net', advisory),
);

/** Columns of the table incident that the recipe may write, and what they hold (ServiceNow's documentation of the table). */
const COLUMNS: Readonly<Record<string, RegExp>> = {
  correlation_id: /^.{1,100}$/,
  correlation_display: /^.{1,100}$/,
  contact_type: /^event$/,
  short_description: /^.{1,160}$/,
  description: /^.{1,4000}$/s,
  impact: /^[123]$/,
  urgency: /^[123]$/,
  state: /^[126]$/,
  close_code: /^.{1,40}$/,
  close_notes: /^.{1,4000}$/s,
  work_notes: /^.{1,4000}$/s,
};

/** The table incident of an instance, and its Scripted REST API. */
function instance() {
  const records: Map<string, string>[] = [];
  class GlideRecord {
    #current = new Map<string, string>();
    #wanted: [string, string] = ['', ''];
    constructor(table: string) {
      t.equal(table, 'incident');
    }
    addQuery(column: string, value: string) {
      this.#wanted = [column, value];
    }
    query() {}
    next() {
      const [column, value] = this.#wanted;
      const found = records.find((record) => record.get(column) === value);
      if (found !== undefined) this.#current = new Map(found);
      return found !== undefined;
    }
    initialize() {
      this.#current = new Map();
    }
    getValue(column: string) {
      return this.#current.get(column);
    }
    setValue(column: string, value: unknown) {
      t.match(`${value}`, COLUMNS[column] ?? /^no such column$/, column);
      this.#current.set(column, `${value}`);
    }
    insert() {
      records.push(this.#current);
    }
    update() {
      const key = this.#current.get('correlation_id');
      records[records.findIndex((record) => record.get('correlation_id') === key)] = this.#current;
    }
  }
  const post = (notice: object) => {
    let status = 200;
    const response = {
      setStatus: (code: number) => {
        status = code;
      },
    };
    const request = { body: { dataString: JSON.stringify(notice) } };
    runInNewContext(block('ServiceNow', 'js'), { request, response, GlideRecord });
    return status;
  };
  return { records, post };
}

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

const neverPosts = () => Promise.reject(new Error('nothing is posted here'));

const stateAfter = (taken: readonly CloudEvent[]) => {
  const { records, post } = instance();
  for (const notice of taken) t.equal(post(notice), 204, notice.type);
  return records.map((record) => record.get('state'));
};

t.test('ServiceNow has one record of an incident, whose state follows it', async (t) => {
  const { records, post } = instance();
  const states = notices.map((notice) => {
    t.equal(post(notice), 204, notice.type);
    t.equal(records.length, 1);
    return [notice.type.replace('quovadis.incident.', ''), records[0]?.get('state')];
  });
  t.same(states[0], ['opened', '1']);
  t.same(states.find(([type]) => type === 'acknowledged')?.[1], '2');
  t.same(states.find(([type]) => type === 'resolved')?.[1], '6');
  t.same(states.find(([type]) => type === 'reopened')?.[1], '2');
  t.same(states.at(-1), ['closed', '6']);
});

t.test('ServiceNow takes a repeated notice, a test, and the end of an incident that it never had', async (t) => {
  const [opened] = notices as [CloudEvent];
  t.same(stateAfter([opened, opened]), ['1']);
  const problems: Problem[] = [];
  const [sink] = readSinks([{ kind: 'webhook', url: 'https://example.net', secret: SECRET }], problems);
  if (sink?.kind !== 'webhook') throw new Error(JSON.stringify(problems));
  const sending = { publicUrl: 'https://watch.example.net', now: () => T0, advisory, post: neverPosts };
  const [tested] = webhookTest(sink, sending, 'id');
  const { records, post } = instance();
  post(JSON.parse(tested?.body ?? ''));
  post(notices.at(-1) as CloudEvent);
  t.equal(records.length, 0);
});

/** As Jira puts smart values in: `asJsonString` makes a text in JSON of a value. */
function withSmartValues(text: string, webhookData: object): string {
  return text.replaceAll(/\{\{webhookData\.([\w.]+?)(\.asJsonString)?\}\}/g, (_, path: string, json) => {
    const value = path.split('.').reduce((of, key) => (of as Record<string, unknown>)[key], webhookData as unknown);
    if (typeof value !== 'string') throw new Error(`${path} is no text`);
    return json === undefined ? value : JSON.stringify(value);
  });
}

t.test('Jira gets fields that its issues have', async (t) => {
  for (const notice of notices) {
    const { fields, ...others } = JSON.parse(withSmartValues(block('Jira', 'json'), notice));
    t.same(others, {});
    // A summary has one line of at most 255 characters, a label no blank.
    t.match(fields, {
      summary: /^.{1,255}$/,
      description: /^.{1,32767}$/s,
      labels: ['quovadis-watch', /^\S{1,255}$/],
    });
    t.same(Object.keys(fields).sort(), ['description', 'labels', 'summary']);
    t.notMatch(withSmartValues(sectionOf('Jira'), notice), /\{\{/, 'every smart value is a text of the notice');
  }
});

/** The sink of a recipe, with these texts in its files. */
function sinkOf(t: Test, name: string, files: Readonly<Record<string, string>>): unknown {
  const directory = temporaryDirectory(t);
  const { sinks } = parse(block(name, 'yaml')) as { sinks: Record<string, unknown>[] };
  const entries = Object.entries(sinks[0] as object).map(([key, value]) => {
    if (!key.endsWith('File')) return [key, value];
    const file = join(directory, key);
    writeFileSync(file, files[key] ?? '');
    return [key, file];
  });
  return Object.fromEntries(entries);
}

t.test('the sinks of both are valid, and post what the products want in a header', async (t) => {
  const rows = [
    ['ServiceNow', { secretFile: SECRET, authorizationFile: 'Basic a2ltOng=\n' }, { authorization: 'Basic a2ltOng=' }],
    [
      'Jira',
      { secretFile: SECRET, headersFile: block('Jira', 'text') },
      { 'content-type': 'application/json', 'x-automation-webhook-token': /^TOKEN-/ },
    ],
  ] as const;
  for (const [name, files, headers] of rows) {
    const problems: Problem[] = [];
    const [sink] = readSinks([sinkOf(t, name, files)], problems);
    t.same(problems, [], name);
    if (sink?.kind !== 'webhook') throw new Error(name);
    const sending = { publicUrl: 'https://watch.example.net', now: () => T0, advisory, post: neverPosts };
    t.match(webhookTest(sink, sending, 'id')[0]?.headers, { ...headers, 'webhook-signature': /^v1,/ }, name);
  }
});
