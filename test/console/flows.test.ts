/** What people do with the console from a page to the end, in a real browser, of a service that real syslog has reached. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import { trustpoolSample } from '../../src/serve/openapi/route-examples.ts';
import { get, until } from '../app/running.ts';
import { BODIES, temporaryDirectory } from '../given.ts';
import { openPage, startBrowser, withoutChromium } from './browser.ts';
import { failing, list } from './failing.ts';

const NEW_ROOT = { serial: '0A0142800000014523C844B500000002', name: 'IdenTrust Commercial Root CA 1' };
/** The trustpool of a device after the import of the new root. */
const repairedPool = (device: string) => {
  const [, block = ''] = trustpoolSample.split(/(?<=trustpool)\n/);
  const added = block.replace(': 0509', `: ${NEW_ROOT.serial}`).replaceAll('QuoVadis Root CA 2', NEW_ROOT.name);
  return `${device}#show crypto pki trustpool\n${block}${added}${device}#`;
};

type Event = { readonly data: { readonly links: { readonly incident: string } } };

/** A webhook that is the pager, and the sinks and hold time of a service that uses it. */
async function pager(t: Test) {
  let told: (event: Event) => void = () => {};
  const first = new Promise<Event>((resolve) => {
    told = resolve;
  });
  const hook = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      told(JSON.parse(`${Buffer.concat(parts)}`));
      response.writeHead(204).end();
    });
  });
  hook.listen(0, '127.0.0.1');
  await once(hook, 'listening');
  t.teardown(() => hook.close());
  const sink = {
    ...{ kind: 'webhook', name: 'pager', url: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/` },
    ...{ allowPrivate: true, secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}` },
  };
  const file = join(temporaryDirectory(t), 'config.yaml');
  writeFileSync(file, JSON.stringify({ correlation: { holdTime: '1s' }, sinks: [sink] }));
  const { sinks, correlation } = loadConfig({ file, environment: {}, flags: {} });
  return { first, settings: { sinks, correlation } };
}

/** Marks the document: a reload would lose the mark. */
const mark = (page: Page) => page.evaluate('window.wasNotReloaded = true');
const isMarked = (page: Page) => page.evaluate('window.wasNotReloaded === true');

t.test(
  "a page's link leads to the incident; it is acknowledged, repaired by what it says, checked, and seen to recover",
  { skip: withoutChromium },
  async (t) => {
    const { first, settings } = await pager(t);
    const { api, say } = await failing(t, { readTokens: ['r-token'], writeTokens: ['w-token'] }, settings);
    const { data } = await first;
    const { page, wrong } = await openPage(await startBrowser(t), { width: 360, theme: 'dark' });
    const { pathname } = new URL(data.links.incident);
    await page.goto(api + pathname);
    await page.getByLabel('Token').fill('w-token');
    await page.getByLabel('Your name').fill('kim');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { level: 1, name: 'sw-a' }).waitFor();
    t.equal(new URL(page.url()).pathname, '/incidents/qv-sw-a-1');
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText('Taken by kim').waitFor();
    await page.getByText('crypto pki trustpool import').first().waitFor();
    await page.getByRole('link', { name: 'Paste what show crypto pki trustpool says' }).click();
    t.equal(await page.getByLabel('Device (empty').inputValue(), 'sw-a');
    await page.getByLabel('or paste the output').fill(repairedPool('sw-a'));
    await page.getByRole('button', { name: 'What is in it?' }).click();
    await page.getByRole('button', { name: 'It was taken just now' }).click();
    await page.getByText('as you say').waitFor();
    await page.getByText('✓ present').first().waitFor();
    await page.getByRole('button', { name: 'Keep it with sw-a' }).click();
    await page.getByRole('heading', { name: 'Kept' }).waitFor();
    await page.getByText('wait for a success message').waitFor();
    await page.getByRole('link', { name: 'Device', exact: true }).click();
    await page.getByText('new root present').first().waitFor();
    await page.getByRole('link', { name: 'qv-sw-a-1' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'suspected' }).waitFor();
    await page.getByText('● live').waitFor();
    await mark(page);
    await say('sw-a', BODIES.commRestored);
    await page.getByRole('heading', { level: 1, name: /recovering|resolved/ }).waitFor();
    await page.getByRole('heading', { level: 1, name: 'resolved' }).waitFor();
    t.ok(await isMarked(page), 'it was seen live');
    t.same(wrong, []);
  },
);

t.test('a plant behind: its list, its CSV, its incidents', { skip: withoutChromium }, async (t) => {
  const { api, fail } = await failing(t);
  await list(api, 'hostname,plant,release,pid\nsw-n1,North,17.3.3,IE-3300-8T2S\nsw-n2,North,17.3.3,IE-3300-8T2S\n');
  for (const device of ['sw-n1', 'sw-n2']) await fail(device);
  await until(
    () => get<{ incidents: object[] }>(`${api}/api/v1/incidents?plant=North`),
    ({ incidents }) => incidents.length === 2,
  );
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await page.goto(api);
  await page.getByRole('link', { name: 'Plants' }).click();
  await page.getByRole('link', { name: 'North' }).click();
  await page.getByText('too slow').waitFor();
  const waits = page.waitForEvent('download');
  await page.getByRole('link', { name: 'CSV of next devices' }).click();
  const download = await waits;
  t.equal(download.suggestedFilename(), 'next-devices.csv');
  await page.getByText('commands').first().click();
  await page.getByText('crypto pki trustpool import').first().waitFor();
  await page.getByRole('link', { name: 'that nobody has taken' }).click();
  await page.getByRole('heading', { name: 'Incidents 2' }).waitFor();
  await page.getByRole('link', { name: 'sw-n1' }).click();
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByRole('button', { name: 'Take back' }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: 'Incidents 1' }).waitFor();
  await page.getByRole('link', { name: 'sw-n2' }).waitFor();
  await page.goBack();
  await page.getByRole('button', { name: 'Acknowledge it' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByText('1 done · 0 unchanged · 0 refused').waitFor();
  await page.getByRole('link', { name: 'that nobody has taken' }).waitFor({ state: 'detached' });
  t.same(wrong, []);
});

t.test(
  'an inventory with reserved licences is tried, imported, and suppresses an incident that is open in another tab',
  { skip: withoutChromium },
  async (t) => {
    const { api } = await failing(t);
    const browser = await startBrowser(t);
    const { page, wrong } = await openPage(browser, { width: 1440, theme: 'light' });
    const incident = await page.context().newPage();
    await incident.goto(`${api}/incidents/qv-sw-a-1`);
    await incident.getByRole('heading', { level: 1, name: 'suspected' }).waitFor();
    await incident.getByText('● live').waitFor();
    await mark(incident);
    await page.goto(`${api}/devices`);
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('link', { name: 'Import' }).click();
    const buffer = Buffer.from('hostname;licensing\r\nsw-a;SLR\r\nsw-q;online\r\n');
    await page.getByLabel('Choose a file').setInputFiles({ name: 'fleet.csv', mimeType: 'text/csv', buffer });
    await page.getByRole('button', { name: 'What would change?' }).click();
    await page.getByText('1 new · 1 changed').waitFor();
    await page.getByText('suspected → suppressed 1').waitFor();
    t.ok(await incident.getByRole('heading', { level: 1, name: 'suspected' }).isVisible(), 'nothing has changed yet');
    await page.getByRole('button', { name: 'Import 2' }).click();
    await page.getByRole('heading', { name: 'Imported' }).waitFor();
    await incident.getByRole('heading', { level: 1, name: 'suppressed' }).waitFor();
    t.ok(await isMarked(incident), 'it was seen live');
    t.same(wrong, []);
  },
);

t.test('why a switch has no incident, and the failure that makes one', { skip: withoutChromium }, async (t) => {
  const { api, say } = await failing(t);
  await say('sw-w', BODIES.commFailed);
  await until(
    () => fetch(`${api}/api/v1/devices/sw-w`),
    ({ status }) => status === 200,
  );
  const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
  await page.goto(`${api}/devices`);
  await page.getByRole('link', { name: 'sw-w' }).click();
  await page.getByRole('link', { name: 'Why no incident?' }).click();
  await page.getByText('what has failed so far is too little for an incident').waitFor();
  await page.getByText('● live').waitFor();
  await mark(page);
  await say('sw-w', BODIES.callHome205);
  await page.getByRole('link', { name: 'qv-sw-w-1' }).click();
  await page.getByRole('heading', { level: 1, name: 'sw-w' }).waitFor();
  t.ok(await isMarked(page), 'it was seen live');
  t.same(wrong, []);
});

t.test(
  'a listed switch that never sent a line is found, and its first line ends the question',
  { skip: withoutChromium },
  async (t) => {
    const { api, say } = await failing(t);
    await list(api, 'hostname,plant\nsw-silent,North\n');
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.goto(`${api}/devices`);
    await page.getByRole('group', { name: 'Condition' }).getByRole('checkbox', { name: 'unheard' }).check();
    await page.getByRole('link', { name: 'sw-silent' }).click();
    await page.getByRole('link', { name: 'Why no incident?' }).click();
    await page.getByRole('heading', { name: 'No line of it was ever heard' }).waitFor();
    await page.getByText('logging host 127.0.0.1 transport udp port').waitFor();
    await say('sw-silent', BODIES.chatter);
    await until(
      () => get<{ heardAt: string | null }>(`${api}/api/v1/devices/sw-silent`),
      ({ heardAt }) => heardAt !== null,
    );
    await page.reload();
    await page.getByRole('heading', { name: 'sw-silent · heard' }).waitFor();
    t.equal(await page.getByRole('heading', { name: 'No line of it was ever heard' }).count(), 0);
    t.same(wrong, []);
  },
);
