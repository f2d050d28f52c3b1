/** Commands of the documents that the test of the documents does not run, each with the reason. */
import type { Block } from './blocks.ts';

type NotRun = readonly [document: string, command: string, why: string];

const DEBIAN = 'it builds and installs the package of this machine: test/deploy/bare-machine.test.ts does';
const ENGINE = 'it needs a container engine: test/dockerfile.test.ts and test/deploy/compose.test.ts do what it says';
const CLUSTER =
  'it needs a cluster: test/deploy/chart.test.ts renders the chart and holds it to the schemas of Kubernetes';
const NPM = 'it packs and installs for the whole machine: test/commands/package.test.ts does it in a folder';
const PRIVILEGE = 'it needs root, and changes or listens to the whole machine';
const OTHER =
  'it asks a program of the machine that is no part of this one, and needs a running systemd or seconds of time';

export const NOT_RUN: readonly NotRun[] = [
  ['README.md', 'npm ci\n', 'it is what .ci/run does'],
  ['README.md', 'npm test', 'this test is a part of it'],
  [
    'docs/install.md',
    'npm ci\nnpm run package:deb -- --out /tmp\nsudo apt-get install /tmp/quovadis-watch_0.1.0_amd64.deb',
    DEBIAN,
  ],
  [
    'docs/scale-out.md',
    'quovadis-watch migrate --config FILE --from /var/lib/quovadis-watch --to postgres://quovadis@192.0.2.10:5432/quovadis',
    'it moves a whole database: test/store/postgres/moving.test.ts does it, there and back',
  ],
  ['docs/install.md', 'npm ci\nnpm pack\nnpm install --global ./quovadis-watch-0.1.0.tgz', NPM],
  [
    'docs/install.md',
    'docker build --tag quovadis-watch .\ndocker compose --file deploy/compose.yaml up --detach',
    ENGINE,
  ],
  [
    'docs/install.md',
    'source <(quovadis-watch completion zsh)',
    'it is for zsh: test/commands/completion.test.ts has one',
  ],
  [
    'docs/install.md',
    `kubectl create secret generic quovadis-tokens --from-literal=read="$(openssl rand -hex 24)" --from-literal=write="$(openssl rand -hex 24)"
helm install quovadis deploy/helm/quovadis-watch --set image.repository=registry.example.net/quovadis-watch --set http.tokensSecret=quovadis-tokens
kubectl port-forward service/quovadis 9514`,
    CLUSTER,
  ],
  ['docs/configuration.md', 'docker build -t quovadis-watch .', ENGINE],
  [
    'docs/configuration.md',
    `docker run -d -p 514:514/udp -p 514:514 -p 127.0.0.1:9514:9514 -v quovadis:/data \\
  -v "$PWD/tokens/read:/tokens/read:ro" -e QUOVADIS_HTTP_READ_TOKENS_FILE=/tokens/read quovadis-watch`,
    ENGINE,
  ],
  ['docs/runbook.md', 'tcpdump -n -i any port 5514 and host 192.0.2.20', PRIVILEGE],
  ['docs/runbook.md', 'tcpdump -n -i any port 5514\n', PRIVILEGE],
  ['docs/runbook.md', 'sysctl -w net.core.rmem_max=8388608', PRIVILEGE],
  ['docs/runbook.md', 'iostat -x 5 3', OTHER],
  ['docs/runbook.md', 'timedatectl status\nchronyc tracking', OTHER],
  [
    'docs/runbook.md',
    "grep 'open files' /proc/$(pgrep -f 'quovadis-watch serve|main.[jt]s serve' | head -n 1)/limits",
    'the service of this test is in the process of the test, which has another name',
  ],
];

/** The commands of a block that are run; no text where there are none. */
export function toRun({ document, text }: Block): string {
  const left = NOT_RUN.reduce((rest, [of, command]) => (of === document ? rest.replace(command, '') : rest), text);
  return left.trim() === '' ? '' : left;
}
