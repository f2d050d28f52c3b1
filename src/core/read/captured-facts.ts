/** The facts of a capture that are kept with the device: each as one value with its line. */
import type { Fact, ShownTime } from '../capture/fact.ts';
import type { CapturedFact } from '../model/captured.ts';
import { shortened } from '../model/shortened.ts';

/** Characters of a value and of its line that are kept. */
const LONGEST = 160;

/** Of several facts of one name the last one is kept. */
export function shownFacts(facts: readonly Fact[], at: number | null): CapturedFact[] {
  const shown = new Map<string, CapturedFact>();
  for (const fact of facts) {
    const said = saidBy(fact);
    if (said === null) continue;
    const [what, value] = said;
    const [short, text] = [shortened(value, LONGEST), shortened(fact.text, LONGEST)];
    const { line, assumed } = fact;
    shown.set(what, { what, value: short, at, line, text, ...(assumed === undefined ? {} : { assumed }) });
  }
  return [...shown.values()].sort((a, b) => (a.what < b.what ? -1 : 1));
}

/** Null for what is kept elsewhere (roots), or is no fact of the device alone (lines, rows of logs, certificates). */
function saidBy(fact: Fact): readonly [what: string, value: string] | null {
  switch (fact.kind) {
    case 'release':
      return ['release', fact.release];
    case 'product':
      return fact.unit === 'member' || fact.unit === 'standby' ? null : ['product', fact.pid];
    case 'serial':
      return fact.unit === 'member' || fact.unit === 'standby' ? null : ['serial', fact.serial];
    case 'hostname':
      return ['hostname', fact.hostname];
    case 'licensing':
      return ['licensing', fact.mode];
    case 'reservation':
      return ['reservation', fact.reservation === 'some' ? 'of a kind that is not shown' : fact.reservation];
    case 'transport':
      return ['transport', fact.transport];
    case 'server':
      return ['server', `${fact.url} (${fact.server})`];
    case 'vrf':
      return ['vrf', fact.vrf];
    case 'proxy':
      return ['proxy', fact.port === null ? fact.address : `${fact.address} port ${fact.port}`];
    case 'server-identity-check':
      return ['server identity check', fact.on ? 'on' : 'off'];
    case 'registration':
      return ['registration', fact.state];
    case 'authorization':
      return ['authorization', fact.state];
    case 'success':
      return [`last success of ${fact.of}`, shownTime(fact.at)];
    case 'report-push':
      return ['last report sent', shownTime(fact.at)];
    case 'failure':
      return [
        `last failure of ${fact.of}`,
        fact.reason === null ? shownTime(fact.at) : `${shownTime(fact.at)}: ${fact.reason}`,
      ];
    case 'deadline':
      return [`deadline of ${fact.of}`, shownTime(fact.at)];
    case 'clock':
      return fact.source === null ? null : ['source of time', fact.source];
    case 'ntp':
      return ['ntp', fact.synchronized ? 'synchronized' : 'not synchronized'];
    case 'logging-trap':
      return ['logging trap', fact.level === null ? 'off' : String(fact.level)];
    case 'origin-id':
      return ['logging origin-id', fact.origin ?? 'none'];
    case 'timestamps':
      return ['timestamps of the log', fact.form ?? 'none'];
    case 'sequence-numbers':
      return ['sequence numbers', fact.on ? 'on' : 'off'];
    case 'trustpool':
    case 'certificate':
    case 'logging-host':
    case 'logged':
    case 'event':
      return null;
  }
}

function shownTime({ text, certain }: ShownTime): string {
  return certain ? text : `${text} (not certain)`;
}
