/** A list without rows says why it has none, in a real browser. */
import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { metric, running, until } from '../app/running.ts';
import { openPage, startBrowser, withoutChromium } from './browser.ts';

t.test(
  'an empty list of incidents tells a service that was never sent a line from one with nothing wrong',
  { skip: withoutChromium },
  async (t) => {
    const service = await running(t);
    const headers = { 'content-type': 'text/csv' };
    await fetch(`${service.api}/api/v1/inventory`, { method: 'POST', headers, body: 'hostname\nsw-listed\n' });
    const { page, wrong } = await openPage(await startBrowser(t), { width: 1440, theme: 'light' });
    await page.goto(`${service.api}/incidents`);
    await page.getByText('No line was ever received.').waitFor();
    t.equal(await page.getByText('No incident is open').count(), 0, 'a listed device was never heard');

    // A line that nothing is made of, of a device that nobody knows.
    const socket = connect(service.addresses.tcp?.port ?? 0, '127.0.0.1');
    await once(socket, 'connect');
    socket.end('<189>1: sw-z: %SYS-5-CONFIG_I: Configured from console by vty0\n');
    await until(
      () => metric(service.api, 'quovadis_syslog_lines_received_total{transport="tcp"}'),
      (lines) => lines === 1,
    );
    await page.reload();
    await page.getByText('No incident is open. The last line came').waitFor();
    await page.goto(`${service.api}/incidents?severity=critical`);
    await page.getByText('Nothing matches the filters.').waitFor();
    t.same(wrong, []);
  },
);
