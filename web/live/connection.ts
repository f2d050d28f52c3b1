/** What the service tells of itself while a page is open. */
import { signal } from '@preact/signals';
import type { StreamEvents } from '../../src/serve/schemas.ts';
import { apiUrl } from '../api.ts';
import { HASH } from '../router.ts';
import { clockOffset, tick } from '../time.ts';
import { live as words } from '../words/live.ts';
import { begins } from './missed.ts';
import { ANY, isOfDevices, type News, newsOf } from './news.ts';
import { openStream, type Stream } from './open-stream.ts';
import type { StreamState, Told } from './source.ts';

/** `since`: of the browser's clock, in ms; if it is `gone`, when the service was heard last. Null: it is not known yet. */
export const connection = signal<{ readonly state: StreamState; readonly since: number } | null>(null);
export const counts = signal<StreamEvents['counts'] | null>(null);
export const health = signal<StreamEvents['health'] | null>(null);
/** That the service, or its console, is of another version than this page; null: it is not. */
export const otherVersion = signal<string | null>(null);
/** While true, no change reaches a page. */
export const isPaused = signal(false);

type Listener = (news: News) => void;

const RELOADED = 'reloaded';

const listeners = new Set<Listener>();
let version: string | null = null;
/** What came while it was paused. */
let [missed, lastCounts]: [boolean, StreamEvents['counts'] | null] = [false, null];
/** What was told since the last counts: a change or an act; news of devices. */
let told: { readonly changes: boolean; readonly news: boolean } = { changes: true, news: true };

/** Returns the function that ends it. */
export function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function pause(): void {
  isPaused.value = !isPaused.value;
  if (isPaused.value) return;
  counts.value = lastCounts;
  if (missed) publish(ANY);
  missed = false;
}

function publish(news: News): void {
  told = { changes: told.changes || news.lists, news: told.news || isOfDevices(news) };
  if (isPaused.value) missed = true;
  else for (const listener of listeners) listener(news);
}

/** `age`: how long ago the service said what time it is, in ms. */
function setClock(time: string, age: number): void {
  clockOffset.value = Date.parse(time) + age - Date.now();
  tick();
}

const onEvent: { readonly [Name in keyof StreamEvents]: (data: StreamEvents[Name], age: number) => void } = {
  hello: ({ version: next, time, console: hash, position }, age) => {
    begins(position, () => publish(ANY));
    setClock(time, age);
    version ??= next;
    const isSame = version === next;
    otherVersion.value = !isSame ? words.otherVersion(next) : hash === HASH ? null : words.otherConsole;
    // A wall is never reloaded by hand.
    if (otherVersion.value !== null && new URLSearchParams(location.search).has('wall')) reloadOnce(`${next} ${hash}`);
  },
  alive: ({ time }, age) => setClock(time, age),
  counts: (data) => {
    // Another process has changed what is stored, as an import by command: the service tells only that counts are others.
    if (lastCounts !== null && !told.changes) publish({ ...ANY, all: !told.news });
    [lastCounts, told] = [data, { changes: false, news: false }];
    if (!isPaused.value) counts.value = data;
  },
  health: (data) => {
    const before = health.value;
    health.value = data;
    if (before !== null && JSON.stringify(before) !== JSON.stringify(data)) publish(newsOf({ health: true }));
  },
  change: ({ device }) => publish(newsOf({ lists: true, devices: [device] })),
  act: ({ devices }) => publish(newsOf({ lists: true, devices })),
  news: (data) => publish(newsOf(data)),
  reset: () => publish(ANY),
};

/** Once for each version: a page that comes from a cache again would reload for ever. */
function reloadOnce(version: string): void {
  if (sessionStorage.getItem(RELOADED) === version) return;
  sessionStorage.setItem(RELOADED, version);
  location.reload();
}

function take(said: Told, age: number): void {
  if (said.kind === 'event') (onEvent[said.name] as (data: unknown, age: number) => void)(said.data, age);
  else if (connection.value?.state !== said.state) {
    const isBack = connection.value?.state === 'out';
    connection.value = { state: said.state, since: Date.now() - age - (said.silentMs ?? 0) };
    // After a log-out nobody was told what changed.
    if (isBack && said.state === 'live') publish(ANY);
  }
}

let stream: Stream | null = null;

/** Listens to the stream; called again, after a log-in, it tries at once. */
export function connect(): void {
  stream ??= openStream(new URL(apiUrl('stream'), location.href).href, take);
  stream.begin();
}

/** Ends the stream, of all tabs: whoever has logged out is told nothing more. */
export function disconnect(): void {
  stream?.end();
}
