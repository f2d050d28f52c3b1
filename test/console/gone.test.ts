/** Links to incidents that became another one, or none, in a real browser. */
import t, { type Test } from 'tap';
import { openSender } from '../../src/commands/send.ts';
import { get, type Running, running, until } from '../app/running.ts';
import { BODIES } from '../given.ts';
import { axeFindings, openPage, startBrowser, withoutChromium } from './browser.ts';
import { devicesAt } from './failing.ts';

const skip = withoutChromium;
const HOUR = 3_600_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** As a switch with NTP stamps a line. */
function stamp(hours: number): string {
  const date = new Date(Date.now() + hours * HOUR);
  const day = `${MONTHS[date.getUTCMonth()]} ${`${date.getUTCDate()}`.padStart(2)} ${date.getUTCFullYear()}`;
  return `${day} ${date.toISOString().slice(11, 23)} UTC`;
}

type Answer = { readonly movedTo?: string; readonly withdrawn?: string; readonly state?: string };

async function sending(t: Test, { addresses, api }: Running) {
  const sender = await openSender('tcp', addresses.tcp as { host: string; port: number });
  t.teardown(() => sender.close());
  /** Resolves when the incident answers so. */
  const is = async (id: string, isSo: (answer: Answer) => boolean) => {
    const there = await until(
      () => fetch(`${api}/api/v1/incidents/${id}`),
      ({ status }) => status === 200,
    );
    await there.body?.cancel();
    await until(() => get<Answer>(`${api}/api/v1/incidents/${id}`), isSo);
  };
  return { line: (text: string) => sender.line(Buffer.from(text)), is };
}

t.test('a link to an incident of an address leads to that of its name, and says so', { skip }, async (t) => {
  const service = await running(t);
  const { line, is } = await sending(t, service);
  const relayed = (number: number, own: string, body: string) =>
    line(`<187>Mar  1 18:46:11 192.0.2.8 ${number}: ${own}Mar  1 18:46:11.12${number % 10}: ${body}`);
  await relayed(12, '', BODIES.callHome205);
  await relayed(13, '', BODIES.commFailed);
  await is('qv-192.0.2.8-1', ({ state }) => state === 'suspected');
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  const open = await page.context().newPage();
  await open.goto(`${service.api}/incidents/qv-192.0.2.8-1`);
  await open.getByRole('heading', { level: 1, name: 'suspected' }).waitFor();
  await open.getByText('● live').waitFor();
  await relayed(14, 'sw-a: ', BODIES.callHome205);
  await is('qv-192.0.2.8-1', ({ movedTo }) => movedTo === 'qv-sw-a-1');
  await open.getByText('Two names turned out to be one device').waitFor();
  t.equal(new URL(open.url()).pathname, '/incidents/qv-192.0.2.8-1', 'who is looking at it is not led away');
  await open.getByRole('link', { name: 'qv-sw-a-1' }).click();
  await open.getByRole('heading', { level: 1, name: 'sw-a' }).waitFor();
  t.equal(await open.getByText('is this incident now').count(), 0);

  await page.goto(`${service.api}/about`);
  await page.goto(`${service.api}/incidents/qv-192.0.2.8-1`);
  await page.getByRole('heading', { level: 1, name: 'sw-a' }).waitFor();
  await page.getByText('qv-192.0.2.8-1 is this incident now: two names turned out to be one device.').waitFor();
  t.equal(new URL(page.url()).pathname, '/incidents/qv-sw-a-1');
  t.same(await axeFindings(page), []);
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: 'About' }).waitFor();
  const answered = page.waitForResponse(/incidents\/qv-other-1$/);
  await page.goto(`${service.api}/incidents/qv-sw-a-1?from=qv-other-1`);
  await page.getByRole('heading', { level: 1, name: 'sw-a' }).waitFor();
  t.equal((await answered).status(), 404);
  t.equal(await page.getByText('is this incident now').count(), 0, 'it is said of what is so only');
  t.same(wrong, []);
});

t.test('a link to a withdrawn incident says that there was none, and leads to its device', { skip }, async (t) => {
  const service = await running(t);
  const { line, is } = await sending(t, service);
  const stamped = (number: number, hours: number, body: string) =>
    line(`<187>${number}: sw-b: ${stamp(hours)}: ${body}`);
  await stamped(12, -6, BODIES.callHome205);
  await stamped(14, -4, BODIES.commFailed);
  await is('qv-sw-b-1', ({ state }) => state === 'suspected');
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  const open = await page.context().newPage();
  await open.goto(`${service.api}/incidents/qv-sw-b-1`);
  await open.getByText('● live').waitFor();
  await stamped(13, -5, BODIES.commRestored);
  await is('qv-sw-b-1', ({ withdrawn }) => withdrawn !== undefined);
  await open.getByText('there was no such incident').waitFor();
  await page.goto(`${service.api}/incidents/qv-sw-b-1`);
  await page.getByText('A late line showed that there was no such incident. It was withdrawn').waitFor();
  t.same(await axeFindings(page), []);
  await page.getByRole('link', { name: 'sw-b' }).click();
  await page.getByRole('heading', { level: 1, name: 'sw-b' }).waitFor();
  t.same(wrong, []);
});

t.test('a link to an incident that never was says so, and offers another try', { skip }, async (t) => {
  const service = await running(t);
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await page.goto(`${service.api}/incidents/qv-sw-c-1`);
  await page.getByText('there is no incident qv-sw-c-1').waitFor();
  const { fail } = await devicesAt(t, service.addresses.tcp as { host: string; port: number });
  await fail('sw-c');
  await page.getByRole('heading', { level: 1, name: 'suspected' }).waitFor();
  t.same(wrong, []);
});
