/** What a page offers does what it says, and no more, in a real browser. */
import t from 'tap';
import { limits } from '../../src/core/model/limits.ts';
import { get, until } from '../app/running.ts';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing } from './failing.ts';
import { webhooks } from './sinks.ts';

const skip = withoutChromium;

t.test('a dead letter is sent again to its own sink only', { skip }, async (t) => {
  const hooks = await webhooks(t);
  const refusing = hooks.sinks.find(({ name }) => name === 'refusing') as (typeof hooks.sinks)[number];
  const { api } = await failing(t, {}, { sinks: [refusing, { ...refusing, name: 'other' }] });
  const inState = async (state: string) =>
    (await get<{ notices: { sink: string; id: string }[] }>(`${api}/api/v1/notices?state=${state}`)).notices;
  const dead = await until(
    () => inState('dead'),
    (notices) => notices.length === 2,
  );
  t.equal(dead[0]?.id, dead[1]?.id, 'both sinks have a notice of one id');
  hooks.accept();
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await page.goto(`${api}/notices?state=dead`);
  await page.getByRole('button', { name: /^Try again:.*other/ }).click();
  const delivered = await until(
    () => inState('delivered'),
    (notices) => notices.length > 0,
  );
  t.match(delivered, [{ sink: 'other' }]);
  t.match(await inState('dead'), [{ sink: 'refusing' }]);
  t.same(wrong, []);
});

t.test('a group of unread lines leads to the lines that it counts', { skip }, async (t) => {
  const { api, say } = await failing(t);
  for (const device of ['sw-a', 'sw-b']) await say(device, '%PKI-3-OTHER_THING: nobody knows');
  await until(
    () => get<{ total: number }>(`${api}/api/v1/unparsed/groups`),
    ({ total }) => total === 2,
  );
  const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await page.goto(`${api}/messages/unparsed?device=sw-a&from=2020-01-01T00:00:00Z`);
  await page.getByRole('heading', { level: 1, name: / 1$/ }).waitFor();
  await page.getByRole('link', { name: 'PKI-OTHER_THING' }).click();
  await page.waitForURL(/mnemonic=OTHER_THING/);
  const { searchParams } = new URL(page.url());
  t.same([searchParams.get('device'), searchParams.get('from')], ['sw-a', '2020-01-01T00:00:00Z']);
  await page.getByRole('heading', { level: 1, name: / 1$/ }).waitFor();
});

t.test(
  'a campaign of very many plants shows the first ones, and links to none that is several',
  { skip },
  async (t) => {
    const { api } = await failing(t);
    const { page } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.context().route('**/api/v1/fleet', async (route) => {
      const answer = await route.fetch();
      const fleet = await answer.json();
      const [one] = fleet.plants;
      const names = Array.from({ length: limits.fleetGroups }, (_, index) => `plant-${index}`);
      const others = { ...one, name: 'others', severities: { ...one.severities, critical: 9 } };
      const plants = [...names.map((name) => ({ ...one, name })), others, { ...others, sumOf: 12 }];
      await route.fulfill({ response: answer, json: { ...fleet, plants } });
    });
    await page.goto(api);
    const rows = page.locator('.panel tr[data-row]');
    await rows.getByText('12 other plants').waitFor();
    t.equal(await rows.getByRole('link', { name: 'other plants' }).count(), 0);
    t.equal(await rows.getByRole('link', { name: 'others', exact: true }).count(), 1, 'a plant may have this name');
    t.equal(await rows.getByRole('link', { name: 'plant-0', exact: true }).count(), 1);
    await page.getByText(/^1,902 more, with/).waitFor();
    t.ok((await rows.count()) < 200);
    await page.getByRole('link', { name: 'All plants' }).click();
    await page.waitForURL('**/plants');
  },
);

t.test(
  'the list of plants tells a plant of any name from the sum of those that it does not name',
  { skip },
  async (t) => {
    const { api } = await failing(t);
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.route('**/api/v1/plants?**', async (route) => {
      const answer = await route.fetch();
      const list = await answer.json();
      const named = { ...list.plants[0], name: 'others', devices: 31 };
      const plants = [...list.plants, named, { ...named, sumOf: 12, devices: 1234 }];
      await route.fulfill({ response: answer, json: { ...list, plants } });
    });
    await page.goto(`${api}/plants`);
    const row = (name: string) => page.locator('tr[data-row]').filter({ hasText: name });
    await row('12 other plants').getByText('1,234', { exact: true }).waitFor();
    t.equal(await row('12 other plants').getByRole('link').count(), 0, 'no page is of several plants');
    await row('others').getByText('31', { exact: true }).waitFor();
    await row('others').getByRole('link', { name: 'others', exact: true }).click();
    await page.waitForURL('**/plants/others');
    t.same(wrong, []);
  },
);
