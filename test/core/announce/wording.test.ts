import t from 'tap';
import {
  countPlant,
  plantDescriptionOf,
  plantFixOf,
  plantSummaryOf,
} from '../../../src/core/announce/plant-wording.ts';
import type { Told } from '../../../src/core/announce/told.ts';
import { descriptionOf, diagnosisText, fixOf, graceText, summaryOf } from '../../../src/core/announce/wording.ts';
import { hypotheses } from '../../../src/core/model/hypothesis.ts';
import { DAY, HOUR, T0 } from '../../given.ts';
import { told } from './open-incident.ts';

const suspected = { state: 'suspected', level: 'suspected', severity: 'warning' } as const;
const affected = { product: 'IE-3300-8T2S', release: '17.3.3', status: 'affected', fixedIn: '17.6.1' } as const;
const fixed = { product: 'IE-3300-8T2S', release: '17.9.4', status: 'fixed', fixedIn: null } as const;

t.test('summaryOf() says what is known, and how sure it is', async (t) => {
  const rows: readonly (readonly [Partial<Told>, string])[] = [
    [suspected, "sw-a (plant P1) shows signs of lost trust in Cisco's cloud: suspected, warning; release unknown"],
    [
      affected,
      "sw-a (plant P1) no longer trusts Cisco's cloud: confirmed, major; release 17.3.3 is affected, 17.6.1 has the fix",
    ],
    [
      { release: '12.4', plant: null },
      "sw-a no longer trusts Cisco's cloud: confirmed, major; release 12.4, not known whether affected",
    ],
    [
      { ...suspected, ...fixed, diagnosis: 'interception' },
      'sw-a (plant P1) shows signs of a proxy that opens TLS, or a damaged trustpool: suspected, warning; release 17.9.4 has the fix',
    ],
    [
      { diagnosis: 'network' },
      "sw-a (plant P1) fails, most likely because of a fault of the network on the way to Cisco's cloud: confirmed, major; release unknown",
    ],
    [
      { fleetDiagnosis: 'outage' },
      "sw-a (plant P1) shows signs of an outage of Cisco's cloud: confirmed, major; release unknown",
    ],
    [
      { state: 'recovering' },
      "sw-a (plant P1) has connected again after lost trust in Cisco's cloud: recovering, major; release unknown",
    ],
    [
      { state: 'stale', level: 'suspected' },
      "sw-a (plant P1) is silent after signs of lost trust in Cisco's cloud: stale, major; release unknown",
    ],
    [{ state: 'resolved' }, 'sw-a (plant P1) works again: its incident is resolved'],
    [{ state: 'closed' }, 'sw-a (plant P1) has no open incident any more: it is closed'],
    [
      { state: 'suppressed' },
      'sw-a (plant P1) uses offline licensing and needs no connection: its incident is suppressed',
    ],
  ];
  for (const [over, expected] of rows) t.equal(summaryOf(told('sw-a', over)), expected);
});

t.test('summaryOf() states no hypothesis as certain, except trust of a confirmed incident', async (t) => {
  for (const diagnosis of hypotheses) {
    t.match(summaryOf(told('sw-a', { ...suspected, diagnosis })), ' shows signs of ', diagnosis);
    const confirmed = summaryOf(told('sw-a', { diagnosis }));
    t.match(confirmed, diagnosis === 'trust' ? ' no longer trusts ' : ' most likely because of ', diagnosis);
  }
});

t.test('descriptionOf() has the device, the time, the grace and the repair', async (t) => {
  const whole = told('sw-a', { ...affected, address: '192.0.2.8', evidence: 1 });
  t.equal(
    descriptionOf(whole, T0 + 25 * HOUR),
    'The incident is confirmed, severity major; leading hypothesis: trust. ' +
      'Product IE-3300-8T2S, release 17.3.3 is affected, 17.6.1 has the fix; address 192.0.2.8; plant P1. ' +
      'Open since 2022-02-05 06:00 UTC, for 1 day, last failure 2022-02-05 07:30 UTC. ' +
      'Failed: call-home, communication (1 message). ' +
      'The end of the grace period is not known; it is not later than 2023-02-05 06:00 UTC. ' +
      'The repair: import Cisco\'s trustpool bundle with the commands in "fix", or upgrade to 17.6.1 or later.',
  );
  t.match(descriptionOf(whole, T0 + 2 * HOUR), ', for 2 hours, ');
  t.notMatch(descriptionOf(whole, T0), ', for ', 'an incident that has just opened has no duration');
  const little = told('sw-a', { ...suspected, plant: null, sender: '192.0.2.7', lastFailureAt: null });
  const text = descriptionOf(little, T0);
  t.match(text, 'Product unknown, release unknown; address unknown, messages come from 192.0.2.7; plant unknown.');
  t.match(text, 'If "show crypto pki trustpool" on the device does not show IdenTrust Commercial Root CA 1: import');
  t.match(descriptionOf(told('sw-a', { state: 'recovering' }), T0), /^The incident is recovering \(it was confirmed\)/);
  t.match(descriptionOf(told('sw-a', { state: 'stale' }), T0), 'Silence does not show that the device works again.');
});

t.test(
  'descriptionOf() says what it means that a device worked again by itself, which lost trust does not',
  async (t) => {
    const says = (over: Partial<Told>) => descriptionOf(told('sw-a', over), T0);
    t.match(
      says({ healedByItself: 2, diagnosis: 'dns' }),
      'worked again 2 times without a repair, which points to the net',
    );
    t.match(
      says({ healedByItself: 1, fleetDiagnosis: 'outage' }),
      'worked again once without a repair, which points to',
    );
    t.match(
      says({ healedByItself: 1 }),
      'worked again once, and no repair was seen. Lost trust does not end by itself: ask',
    );
    t.notMatch(says({ healedByItself: 1 }), /outage|points to the network/);
    t.notMatch(says({}), 'worked again');
  },
);

t.test('texts of a device whose clock was set say so, and blame no clock any more', async (t) => {
  const set = { ...suspected, diagnosis: 'clock', clockSetAt: T0 } as const;
  const rows: readonly (readonly [Partial<Told>, string])[] = [
    [set, 'sw-a (plant P1) failed until its clock was set: suspected, warning; release unknown'],
    [{ ...set, state: 'stale' }, 'sw-a (plant P1) is silent after its clock was set: stale, warning; release unknown'],
    [
      { ...set, fleetDiagnosis: 'dns' },
      'sw-a (plant P1) shows signs of failing name resolution: suspected, warning; rel',
    ],
    [
      { ...set, diagnosis: 'trust' },
      "sw-a (plant P1) shows signs of lost trust in Cisco's cloud: suspected, warning; rel",
    ],
  ];
  for (const [over, says] of rows) t.ok(summaryOf(told('sw-a', over)).startsWith(says), says);
});

t.test('texts of an incident for which no hypothesis leads name none, and advise no repair', async (t) => {
  const none = { ...suspected, ...affected, diagnosis: null } as const;
  t.match(
    summaryOf(told('sw-a', none)),
    'sw-a (plant P1) fails, and no reason leads: suspected, warning; release 17.3.3',
  );
  t.match(
    summaryOf(told('sw-a', { ...none, state: 'stale' })),
    'is silent after failures for which no reason leads: st',
  );
  const text = descriptionOf(told('sw-a', none), T0);
  t.match(text, 'leading hypothesis: none. ');
  t.match(text, /No hypothesis leads, so no repair is advised\.$/);
  t.equal(fixOf(told('sw-a', none)), null);
  t.equal(fixOf(told('sw-a', { ...none, fleetDiagnosis: 'trust' })) !== null, true, 'the fleet shows lost trust');
  t.equal(
    diagnosisText({ diagnosis: null, fleetDiagnosis: 'outage' }),
    'outage (by the messages of this device alone: none)',
  );
  t.match(plantSummaryOf('P1', countPlant([told('a', none)])), 'leading hypothesis: none (1)');
});

t.test('descriptionOf() says where no recovery can be seen', async (t) => {
  const says = (over: Partial<Told>) => descriptionOf(told('sw-a', over), T0).includes('No recovery can be seen');
  t.equal(says({ recoveryVisible: false }), true);
  t.equal(says({ recoveryVisible: true }), false);
  t.equal(says({ recoveryVisible: null }), false, 'nothing is known of it');
  t.equal(says({ recoveryVisible: false, state: 'closed' }), false, 'an ended incident needs none');
  const hidden = { recoveryVisible: false, recoveryLevel: 4, state: 'stale' } as const;
  t.match(descriptionOf(told('sw-a', hidden), T0), 'only messages of the levels 0 to 3, and a recovery has 4 or more.');
  t.match(
    summaryOf(told('sw-a', hidden)),
    "is silent after lost trust in Cisco's cloud, and cannot show a recovery: stale",
  );
  const plant = [told('a', hidden), told('b')];
  t.match(plantDescriptionOf(plant, T0, 'FN72298'), 'because only messages of graver levels are sent: 1.');
});

t.test('descriptionOf() and fixOf() advise only what can help', async (t) => {
  const checks = ['the proxy', 'the route'];
  const rows: readonly (readonly [Partial<Told>, fix: boolean, says: RegExp | string])[] = [
    [affected, true, 'upgrade to 17.6.1 or later'],
    [{ release: null }, true, 'upgrade to a release with the fix'],
    [{ ...affected, checks }, true, /or later\. Check: the proxy; the route\.$/],
    [
      { ...fixed, diagnosis: 'interception', checks },
      false,
      /an upgrade does not help\. Check: the proxy; the route\.$/,
    ],
    [fixed, false, 'The release has the new root, so an upgrade does not help.'],
    [{ ...affected, diagnosis: 'dns', checks }, false, /does not help against this\. Check: the proxy; the route\.$/],
    [{ ...affected, fleetDiagnosis: 'outage' }, false, 'does not help against this.'],
    [{ ...affected, diagnosis: 'network', fleetDiagnosis: 'trust' }, true, 'import Cisco'],
  ];
  for (const [over, fix, says] of rows) {
    const each = told('sw-a', over);
    const text = descriptionOf(each, T0);
    t.match(text, says);
    t.equal(fixOf(each) !== null, fix, text);
    t.equal(/import Cisco's|upgrade to/.test(text), fix, text);
  }
  t.equal(fixOf(told('sw-a', { state: 'resolved' })), null, 'nothing is to be repaired any more');
  t.match(fixOf(told('sw-a')), /^config t\ncrypto pki trustpool import url .*\n! or: Upgrade IOS-XE/s);
});

t.test('diagnosisText() gives what the fleet shows first, and the device alone beside it', async (t) => {
  t.equal(diagnosisText({ diagnosis: 'trust', fleetDiagnosis: null }), 'trust');
  t.equal(diagnosisText({ diagnosis: 'trust', fleetDiagnosis: 'trust' }), 'trust');
  t.equal(
    diagnosisText({ diagnosis: 'trust', fleetDiagnosis: 'outage' }),
    'outage (by the messages of this device alone: trust)',
  );
});

t.test('graceText() distinguishes an end, a bound and what has passed', async (t) => {
  const text = (graceUntil: number | null, graceUntilAtMost: number | null) =>
    graceText({ graceUntil, graceUntilAtMost }, T0);
  t.equal(text(T0 + DAY, null), 'licensed features work until 2022-02-06 06:00 UTC');
  t.equal(text(T0 - DAY, null), 'the grace period ended 2022-02-04 06:00 UTC; licensed features may stop');
  t.equal(text(null, T0 + DAY), 'the end of the grace period is not known; it is not later than 2022-02-06 06:00 UTC');
  t.match(text(null, T0 - DAY), /^the grace period is over since 2022-02-04 06:00 UTC or earlier/);
  t.equal(text(null, null), 'the end of the grace period is not known');
});

t.test('plantSummaryOf() and plantDescriptionOf() count suspected and confirmed apart', async (t) => {
  const devices = [
    told('a', { ...affected, graceUntil: T0 + 9 * DAY }),
    told('b', { ...affected, state: 'recovering', severity: 'critical', graceUntil: T0 + 5 * DAY }),
    told('c', { ...suspected, ...fixed, diagnosis: 'interception', checks: ['the proxy'] }),
    told('d', { ...suspected, state: 'stale' }),
  ];
  t.equal(
    plantSummaryOf('P1', countPlant(devices)),
    'Plant P1: 4 devices with an open incident: 2 confirmed, 2 only suspected; leading hypothesis: trust (3), interception (1)',
  );
  t.equal(
    plantDescriptionOf(devices, T0, 'FN72298'),
    'Many devices of the plant began to fail within a short time, first at 2022-02-05 06:00 UTC. ' +
      'Now 4 devices with an open incident: 2 confirmed, 2 only suspected; by severity: 1 critical, 1 major, 2 warning. ' +
      'Connected again, and resolved soon if no failure follows: 1. ' +
      'Silent, which does not show that they work again: 1. ' +
      'Releases: 2 affected, 1 with the fix, 1 not known. ' +
      'Leading hypothesis: trust (3), interception (1). If no other plant fails, check the network of this plant first. ' +
      'The first grace period that is known ends 2022-02-10 06:00 UTC. ' +
      'The repair of FN72298 can help on 3 of them, with the commands in "fix". Check: the proxy.',
  );
  t.not(plantFixOf(devices), null);
  const [, , interception] = devices as [Told, Told, Told];
  t.equal(plantFixOf([interception]), null);
  t.match(plantDescriptionOf([interception], T0, 'FN72298'), 'The repair of FN72298 can help on none of them.');
});
