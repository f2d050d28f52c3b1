/** Compiles a valid advisory file: durations become milliseconds, lists become sets and maps, patterns regular expressions. */
import type { Advisory, SignalRule, Thresholds } from '../core/advisory/advisory.ts';
import { parseRelease, type Release } from '../core/advisory/release.ts';
import { msOf } from '../core/model/duration.ts';
import { hypotheses } from '../core/model/hypothesis.ts';
import type { AdvisoryFile } from './advisory-form.ts';

export function compile(file: AdvisoryFile): Advisory {
  return {
    id: file.id,
    name: `${file.id} version ${file.version}`,
    prefix: file.prefix,
    version: file.version,
    title: file.title,
    notice: file.notice,
    correlation: {
      windowMs: msOf(file.correlation.window),
      latenessMs: msOf(file.correlation.lateness),
      holdTimeMs: msOf(file.correlation.holdTime),
      staleAfterMs: msOf(file.correlation.staleAfter),
      stateSuspectsAfterMs: msOf(file.correlation.stateSuspectsAfter),
      confirmAfterMs: msOf(file.correlation.confirmAfter),
      serverMovedAfterMs: msOf(file.correlation.serverMovedAfter),
      reopenWithinMs: msOf(file.correlation.reopenWithin),
      reopenUnrepairedWithinMs: msOf(file.correlation.reopenUnrepairedWithin),
    },
    graceMs: msOf(file.grace),
    criticalBelowMs: msOf(file.criticalBelow),
    families: new Map(
      Object.entries(file.families).map(([name, { weight, proof, alone, server }]) => [
        name,
        { weight, proof: proof === true, alone: alone !== false, server: server ?? null },
      ]),
    ),
    counts: { servers: new Set(file.counts.servers), manners: new Set(file.counts.manners) },
    thresholds: thresholdsOf(file.thresholds),
    noWayOut: { manners: new Set(file.noWayOut.manners), withinMs: msOf(file.noWayOut.within) },
    clockOffMs: msOf(file.clock.offBy),
    visibility: {
      level: file.visibility.level,
      withinMs: msOf(file.visibility.within),
      lines: file.visibility.lines,
    },
    points: file.hypotheses,
    checks: new Map(
      hypotheses.map((name) => [
        name,
        (file.checks[name] ?? []).map(({ check, commands }) => ({ check, commands: commands ?? [] })),
      ]),
    ),
    causes: file.causes.map((row) => ({
      text: row.text?.toLowerCase() ?? null,
      errorCode: row.errorCode ?? null,
      cause: row.cause,
      manner: row.manner,
      family: row.family ?? null,
    })),
    otherwise: file.otherwise,
    signals: new Map(
      Object.entries(file.signals).map(([facility, rules]) => [
        facility,
        new Map(Object.entries(rules).map(([mnemonic, rule]) => [mnemonic, signalRule(rule)])),
      ]),
    ),
    endedBy: new Map(
      Object.values(file.signals).flatMap((rules) =>
        Object.entries(rules).flatMap(([mnemonic, { endedBy }]) =>
          endedBy === undefined ? [] : [[mnemonic, endedBy]],
        ),
      ),
    ),
    otherServices: new Set(
      Object.values(file.signals).flatMap((rules) =>
        Object.entries(rules).flatMap(([mnemonic, { licensing }]) => (licensing === false ? [mnemonic] : [])),
      ),
    ),
    peers: file.peers.map(({ text, are, server }) => ({ text: text.toLowerCase(), are, server })),
    hosts: file.hosts.map(({ host, server }) => ({ host: host.toLowerCase(), server })),
    products: file.products.map(({ family, source, pid, releases, ranges, fixed, earlier }) => ({
      family,
      source,
      pid: pattern(pid),
      releases: (releases ?? []).map(releaseOf),
      ranges: (ranges ?? []).map(({ from, to }) => ({ from: releaseOf(from), to: releaseOf(to) })),
      fixed: fixed.map(releaseOf),
      earlierAffected: earlier === 'affected',
    })),
    servers: file.servers,
    services: file.services,
    defaultNames: new Set(file.defaultNames.map((name) => name.toLowerCase())),
    exempt: file.exempt,
    remediation: file.remediation,
    revisions: file.revisions,
  };
}

function thresholdsOf({
  suspected,
  confirmed,
  proof,
  affected,
  healsByItself,
}: AdvisoryFile['thresholds']): Thresholds {
  return {
    suspected: {
      score: suspected.score,
      families: suspected.families,
      proofAlone: new Set(suspected.proofAlone ?? []),
      expired: new Set(suspected.expired ?? []),
    },
    confirmed,
    proof,
    affected,
    healsByItself: { times: healsByItself.times, withinMs: msOf(healsByItself.within) },
  };
}

function signalRule(rule: AdvisoryFile['signals'][string][string]): SignalRule {
  return {
    kind: rule.kind,
    family: rule.family ?? null,
    cause: rule.cause ?? null,
    manner: rule.manner ?? null,
    claim: rule.claim ?? 'event',
    countsAlso: new Set(rule.countsAlso ?? []),
    needs: rule.needs ?? null,
    trustpoint: rule.trustpoint === undefined ? null : pattern(rule.trustpoint),
    clock: rule.clock ?? null,
    saved: rule.saved ?? null,
    critical: rule.severity !== 'keep',
  };
}

function pattern(source: string): RegExp {
  return new RegExp(source, 'i');
}

/** The schema accepts only releases, so the text can be parsed. */
function releaseOf(text: string): Release {
  return parseRelease(text) as Release;
}
