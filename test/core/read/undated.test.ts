/** An archive whose lines have no dates: their places say which came first. */
import t from 'tap';
import { BODIES, temporaryDirectory } from '../../given.ts';
import { incidentsIn, replayed, unitsOf } from '../../verdict/runs.ts';

const RESTORED = '%SMART_LIC-5-COMM_RESTORED: Communications with Cisco Smart Software Manager (CSSM) restored';

t.test('replay orders lines without dates by their places in the archive', async (t) => {
  const directory = temporaryDirectory(t);
  const stateOf = async (bodies: readonly string[], header: (index: number) => string) => {
    const lines = bodies.map((body, index) => ({ text: `${header(index)}${body}`, peer: null, textOnly: false }));
    const story = { name: 'undated', example: false, rows: [], lines, expected: [], devices: null };
    const { store } = await replayed(story, unitsOf(story), directory);
    return (await incidentsIn(store)).map(({ device, state }) => `${device} ${state}`);
  };
  const failing = [BODIES.callHome205, BODIES.commFailed];
  const headers: Record<string, (index: number) => string> = {
    'uptimes and numbers': (index) => `<187>${10 + index}: sw-a: ${`${10 + index}`.padStart(6, '0')}: 1w${index}d: `,
    'uptimes alone': (index) => `<187>: sw-a: 1w${index}d: `,
    'nothing but a name': () => '<187>: sw-a: ',
  };
  for (const [why, header] of Object.entries(headers)) {
    t.same(await stateOf([...failing, RESTORED], header), ['sw-a recovering'], `${why}: the success is the last`);
    t.same(await stateOf([RESTORED, ...failing], header), ['sw-a suspected'], `${why}: the success is the first`);
    t.same(
      await stateOf([failing[0] as string, RESTORED, failing[1] as string], header),
      [],
      `${why}: between failures that are none together`,
    );
  }
});
