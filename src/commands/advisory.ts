import { loadAdvisory, shippedAdvisory } from '../config/advisory-file.ts';
import type { Advisory } from '../core/advisory/advisory.ts';
import { type AffectedVerdict, affected } from '../core/advisory/affected.ts';
import { parseRelease, releaseText } from '../core/advisory/release.ts';
import { summaryOf } from '../core/advisory/summary.ts';
import { OperatingError } from '../errors.ts';

type Options = { release?: string; product?: string; advisory?: string; json?: boolean };

/** What the advisory says: of one release of one product, or as a whole. */
export async function advisoryCommand({ release, product, advisory: file, json }: Options): Promise<void> {
  const advisory = await loadAdvisory(file ?? shippedAdvisory);
  if (release === undefined && product === undefined) {
    process.stdout.write(json === true ? `${JSON.stringify(summaryOf(advisory))}\n` : page(advisory));
    return;
  }
  if (release === undefined || product === undefined) {
    throw new OperatingError('QVW_USAGE', 'give both: --release 17.3.3 --product IE-3300-8T2S');
  }
  const parsed = parseRelease(release);
  if (parsed === null) {
    throw new OperatingError(
      'QVW_USAGE',
      `"${release}" is no IOS-XE release: write it as show version does, 17.3.3a or 16.12.1z1`,
    );
  }
  const verdict = affected(product, parsed, advisory.products);
  process.stdout.write(json === true ? `${JSON.stringify(verdict)}\n` : verdictPage(verdict, advisory));
}

function verdictPage(verdict: AffectedVerdict, advisory: Advisory): string {
  const { product, release, status, source, family, because, fixedIn } = verdict;
  const { verify } = advisory.remediation;
  return [
    `${product} with ${release}: ${status}`,
    source === null ? because : `${source}, ${family}: ${because}`,
    ...(status === 'affected' ? ['', `fixed in ${fixedIn}; or:`, ...workarounds(advisory), `then: ${verify}`] : []),
    '',
  ].join('\n');
}

function page(advisory: Advisory): string {
  const { title, notice, revisions, products, servers, services, exempt, remediation } = advisory;
  const { oldRoot, newRoot } = remediation;
  return [
    `${title} (${notice}, revision ${revisions.at(-1)?.revision} of ${revisions.at(-1)?.date})`,
    '',
    `from ${oldRoot.name} (serial ${oldRoot.serial}) to ${newRoot.name} (serial ${newRoot.serial})`,
    ...servers.map(({ host, expires }) => `  ${host}: certificate of the old root until ${expires}`),
    ...services.map(({ name, symptom }) => `  ${name}: ${symptom}`),
    `  not affected: offline licensing (${exempt.join(', ')})`,
    '',
    ...products.map(
      ({ family, source, fixed }) => `${family} (${source}): fixed in ${fixed.map(releaseText).join(', ')}`,
    ),
    '',
    remediation.upgrade,
    ...workarounds(advisory),
    `Then look: ${remediation.verify}`,
    '',
  ].join('\n');
}

/** The commands of each workaround, as lines. */
export function workarounds({ remediation }: Advisory): string[] {
  return remediation.workarounds.flatMap(({ title, commands, choose }, index) => [
    `Workaround ${index + 1}: ${title}${choose === 'one' ? ' (one of these)' : ''}`,
    ...commands.map((command) => `  ${command}`),
  ]);
}
