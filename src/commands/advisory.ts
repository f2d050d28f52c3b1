import { loadAdvisory, shippedAdvisory } from '../config/advisory-file.ts';
import type { Advisory } from '../core/advisory/advisory.ts';
import { type AffectedVerdict, affected } from '../core/advisory/affected.ts';
import { parseRelease, releaseText } from '../core/advisory/release.ts';
import { summaryOf } from '../core/advisory/summary.ts';
import { OperatingError } from '../errors.ts';
import { print, printJson } from './output.ts';

type Options = { release?: string; product?: string; advisory?: string; json?: boolean; exitCode?: boolean };

const EXIT_CODES: Record<AffectedVerdict['status'], number> = { fixed: 0, affected: 3, unknown: 4 };

/** Prints a verdict for one release of one product, or without both a summary of the advisory. Returns the exit code. */
export async function advisoryCommand(options: Options): Promise<number> {
  const { release, product, advisory: file, json, exitCode = false } = options;
  const advisory = await loadAdvisory(file ?? shippedAdvisory);
  if (release === undefined && product === undefined && !exitCode) {
    if (json === true) printJson(summaryOf(advisory));
    else print(page(advisory));
    return 0;
  }
  if (release === undefined || product === undefined) {
    throw new OperatingError(
      'QVW_USAGE',
      'give --release and --product together, for example --release 17.3.3 --product IE-3300-8T2S',
    );
  }
  const parsed = parseRelease(release);
  if (parsed === null) {
    throw new OperatingError(
      'QVW_USAGE',
      `"${release}" is not an IOS-XE release: write the release as "show version" prints it, for example 17.3.3a or 16.12.1z1`,
    );
  }
  const verdict = affected(product, parsed, advisory.products);
  if (json === true) printJson(verdict);
  else print(verdictPage(verdict, advisory));
  return exitCode ? EXIT_CODES[verdict.status] : 0;
}

function verdictPage(verdict: AffectedVerdict, advisory: Advisory): string {
  const { product, release, status, source, family, because, fixedIn } = verdict;
  const { verify } = advisory.remediation;
  return [
    `${product} with ${release}: ${status}`,
    source === null ? because : `${source}, ${family}: ${because}`,
    ...(status === 'affected' ? ['', upgradeOr(fixedIn), ...workarounds(advisory), `Then check: ${verify}`] : []),
    '',
  ].join('\n');
}

function upgradeOr(fixedIn: string | null): string {
  return fixedIn === null
    ? 'No later release is known to have the fix. Apply a workaround:'
    : `Upgrade to ${fixedIn}, which has the fix, or apply a workaround:`;
}

function page(advisory: Advisory): string {
  const { title, notice, revisions, products, servers, services, exempt, remediation } = advisory;
  const { oldRoot, newRoot } = remediation;
  return [
    `${title} (${notice}, revision ${revisions.at(-1)?.revision} of ${revisions.at(-1)?.date})`,
    '',
    `Old root: ${oldRoot.name} (serial ${oldRoot.serial})`,
    `New root: ${newRoot.name} (serial ${newRoot.serial})`,
    ...servers.map(({ host, expires }) => `  ${host}: certificate from the old root until ${expires}`),
    ...services.map(({ name, symptom }) => `  ${name}: ${symptom}`),
    `  Not affected: offline licensing (${exempt.join(', ')})`,
    '',
    ...products.map(
      ({ family, source, fixed }) => `${family} (${source}): fixed in ${fixed.map(releaseText).join(', ')}`,
    ),
    '',
    remediation.upgrade,
    ...workarounds(advisory),
    `Then check: ${remediation.verify}`,
    '',
  ].join('\n');
}

/** The commands of each workaround, one line each. */
export function workarounds({ remediation }: Advisory): string[] {
  return remediation.workarounds.flatMap(({ title, commands, choose }, index) => [
    `Workaround ${index + 1}: ${title}${choose === 'one' ? ' (one of these commands)' : ''}`,
    ...commands.map((command) => `  ${command}`),
  ]);
}
