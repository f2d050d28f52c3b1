/**
 * Prints what the program is made of as CycloneDX: `npm run sbom`. `npm sbom --omit=dev` leaves out packages that a tool needs as well
 * (npm 11), so those of the tools alone are left out here.
 */
import { execFileSync } from 'node:child_process';

type Component = { readonly 'bom-ref': string; readonly properties?: readonly { readonly name: string }[] };
type Bom = {
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
};

const listed = execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
});
const bom = JSON.parse(listed) as Bom;
const isTool = ({ properties = [] }: Component) =>
  properties.some(({ name }) => name === 'cdx:npm:package:development');
const tools = new Set(bom.components.filter(isTool).map((component) => component['bom-ref']));
const isShipped = (ref: string) => !tools.has(ref);
const shipped = {
  ...bom,
  components: bom.components.filter((component) => isShipped(component['bom-ref'])),
  dependencies: bom.dependencies
    .filter(({ ref }) => isShipped(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isShipped) })),
};
process.stdout.write(`${JSON.stringify(shipped, null, 2)}\n`);
