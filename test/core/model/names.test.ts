import fc from 'fast-check';
import t from 'tap';
import { internedAlone, NameInterner, withoutDefaultNames } from '../../../src/core/model/names.ts';

const DEFAULTS = new Set(['switch', 'router']);
const name = fc.constantFrom(null, 'sw-a', 'Switch', 'ROUTER.example.net', 'sw-b.example.net');
const line = fc.tuple(name, name, fc.constantFrom(null, '192.0.2.1'), fc.constantFrom(null, 'S1', 'S2'));

t.test('intern() returns what withoutDefaultNames() says of the line, whatever it was asked before', async (t) => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), (lines) => {
      const interner = new NameInterner(DEFAULTS);
      for (const [origin, relayHost, peer, serial] of lines) {
        const names = interner.intern(origin, relayHost, peer, serial);
        t.same(names, internedAlone(withoutDefaultNames({ origin, relayHost, peer, serial }, DEFAULTS)));
        t.equal(interner.intern(origin, relayHost, peer, serial), names, 'equal names are one object');
      }
    }),
  );
});
