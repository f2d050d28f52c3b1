import t from 'tap';
import { defaults } from '../../src/config/schema.ts';
import { OperatingError } from '../../src/errors.ts';
import { Reloading } from '../../src/reloading.ts';

const before = { ...defaults, http: { ...defaults.http, readTokens: ['old'] } };
const next = { ...defaults, http: { ...defaults.http, readTokens: ['new'] } };

function reloading({ use = async () => {}, bringOver = async () => {} }) {
  const said: string[] = [];
  const take = (_: unknown, text?: string) => said.push(text ?? '');
  const log = { info: take, warn: take, error: take } as never;
  const ended: (string | null)[] = [];
  const onReload = (text: string | null) => ended.push(text);
  const parts = { config: before, read: () => next, use, bringOver, now: () => 7, log, onReload };
  return { reloading: new Reloading(parts), said, ended };
}

t.test('a token that is taken away ends as soon as the configuration is used', async (t) => {
  const bringing = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const bringOver = () => {
    begun.resolve();
    return bringing.promise;
  };
  const { reloading: service, ended } = reloading({ bringOver });
  const reload = service.reload();
  await begun.promise;
  t.same(service.config.http.readTokens, ['new'], 'not when all devices are judged by it');
  t.same(ended, [null]);
  bringing.resolve();
  t.match(await reload, { changed: ['http.readTokens'] });
  t.match(service.state, { successful: true, problem: null });
});

t.test('a configuration that cannot be used leaves the former one', async (t) => {
  const use = async () => {
    throw new OperatingError('QVW_CONFIG_INVALID', 'no such host');
  };
  const { reloading: service, said } = reloading({ use });
  await t.rejects(service.reload(), { message: 'no such host' });
  t.same(service.config.http.readTokens, ['old']);
  t.match(service.state, { successful: false, problem: 'no such host' });
  t.match(said, [/the former one stays/]);
});

t.test('what is stored and cannot be brought over is told apart', async (t) => {
  const bringOver = async () => {
    throw new OperatingError('QVW_DATABASE_FAILED', 'the disk is full');
  };
  const { reloading: service, said, ended } = reloading({ bringOver });
  await t.rejects(service.reload(), { message: 'the disk is full' });
  t.same(service.config.http.readTokens, ['new'], 'it is used');
  t.match(service.state, { successful: false, problem: 'the disk is full' });
  t.match(said, [/the configuration is used, but/]);
  t.match(ended, [null, /is used, but not all devices are judged by it: the disk is full/]);
});
