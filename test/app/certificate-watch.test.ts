import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CertificateWatch } from '../../src/certificate-watch.ts';
import { temporaryDirectory } from '../given.ts';

t.test('CertificateWatch sees a file that was written, and a link that leads to another one', async (t) => {
  const directory = temporaryDirectory(t);
  const [one, two, link] = [join(directory, 'one'), join(directory, 'two'), join(directory, 'current')];
  for (const [place, text] of [
    [one, 'first'],
    [two, 'second'],
  ] as const) {
    mkdirSync(place);
    writeFileSync(join(place, 'tls.pem'), text);
  }
  symlinkSync(one, link);
  const file = join(link, 'tls.pem');
  let changes = 0;
  const watch = new CertificateWatch(
    () => [file],
    () => {
      changes++;
    },
  );
  watch.check();
  t.equal(changes, 0, 'nothing has changed');

  // As Kubernetes does: another link takes the place of the former one.
  symlinkSync(two, `${link}.new`);
  renameSync(`${link}.new`, link);
  watch.check();
  watch.check();
  t.equal(changes, 1, 'once for each change');

  writeFileSync(join(two, 'tls.pem'), 'a longer text');
  watch.check();
  t.equal(changes, 2);

  rmSync(join(two, 'tls.pem'));
  watch.check();
  t.equal(changes, 3, 'a file that is gone is a change, too');

  // One that nobody can look at, whoever asks: a link in a circle.
  symlinkSync(file, join(two, 'tls.pem'));
  watch.check();
  watch.check();
  t.equal(changes, 4, 'a file that cannot be looked at is a change, and no error of the watch');
});
