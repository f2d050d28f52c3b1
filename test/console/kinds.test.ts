/** Which kinds of a timeline are shown, by the query of a page. */
import t from 'tap';
import { timelineKinds } from '../../src/core/fleet/timeline-kinds.ts';
import { kindsAfter, shownKinds } from '../../web/query/kinds.ts';
import { words } from '../../web/words/timeline.ts';

const all = ['message', 'change', 'note'] as const;

t.test('shownKinds() shows all without a parameter, and those that a link names', async (t) => {
  t.strictSame(shownKinds(null, all), all);
  t.strictSame(shownKinds('note,message', all), ['message', 'note']);
  t.strictSame(shownKinds('note', all), ['note']);
  for (const none of ['-', '', 'nonsense', '__proto__']) t.strictSame(shownKinds(none, all), [], none);
});

t.test('kindsAfter() needs no parameter for all, and has one for none', async (t) => {
  const steps = ['message', 'note', 'change', 'note', 'message', 'change'] as const;
  const texts: (string | null)[] = [];
  let text: string | null = null;
  for (const clicked of steps) {
    const before = shownKinds(text, all);
    text = kindsAfter(text, all, clicked);
    texts.push(text);
    const after = shownKinds(text, all);
    t.equal(after.includes(clicked), !before.includes(clicked), `${clicked} is the other way round`);
    t.strictSame(
      after.filter((kind) => kind !== clicked),
      before.filter((kind) => kind !== clicked),
      'and no other one',
    );
  }
  t.strictSame(texts, ['change,note', 'change', '-', 'note', 'message,note', null]);
});

t.test('each kind of a timeline has a word', async (t) => {
  t.strictSame(Object.keys(words.kinds).sort(), [...timelineKinds].sort());
});
