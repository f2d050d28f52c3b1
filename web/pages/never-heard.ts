import { h } from 'preact';
import type { WholeDevice } from '../../src/serve/schemas.ts';
import { useLoad } from '../load.ts';
import { Copy } from '../ui/copy.ts';
import { Items, Link, Panel, Raw } from '../ui/parts.ts';
import { words } from '../words/later.ts';
import { otherNames } from './device-facts.ts';
import { Commands } from './next-steps.ts';

type Pipeline = { readonly listening: Readonly<Record<string, { readonly host: string; readonly port: number }>> };
type Groups = { readonly total: number };

/** As the transport is named by the service and by IOS. */
const TRANSPORTS = ['udp', 'tcp'] as const;

/** A device of the inventory that never sent a line: where its syslog may end, and what to type to see it. */
export function NeverHeard({ device }: { readonly device: WholeDevice }) {
  const { key, inventory } = device;
  const { data } = useLoad<Pipeline>('health/pipeline');
  const unread = useLoad<Groups>(`unparsed/groups?${new URLSearchParams({ device: key })}`);
  const commands = data === null ? [] : commandsFor(data);
  return h(
    Panel,
    { title: words.neverSent, aside: commands.length > 0 && h(Copy, { text: commands.join('\n') }) },
    h('p', {}, inventory === null ? words.neverSentUnlisted : words.neverSentListed),
    h('p', { class: 'dim' }, words.knownAs, ' ', h(Raw, { text: [device.key, ...otherNames(device)].join(' · ') })),
    unread.data !== null &&
      unread.data.total > 0 &&
      h(
        'p',
        { class: 'doubt' },
        `▲ ${words.unreadLines(unread.data.total)} `,
        h(Link, { to: '/messages/unparsed', query: new URLSearchParams({ device: key }).toString() }, words.unparsed),
      ),
    h('h3', {}, words.atTheSwitch),
    h(Commands, { commands }),
    h('h3', {}, words.whyMissing),
    h(Items, { items: words.neverSentReasons }),
    h('p', {}, h(Link, { to: '/health' }, words.seeDrops)),
  );
}

/** The address of the service is that of this page: it listens on an address that may stand for all of them. */
function commandsFor({ listening }: Pipeline): string[] {
  const hosts = TRANSPORTS.flatMap((transport) => {
    const { host, port } = listening[transport] ?? {};
    if (host === undefined || port === undefined) return [];
    const isAny = host === '0.0.0.0' || host === '::';
    return [`logging host ${isAny ? location.hostname : host} transport ${transport} port ${port}`];
  });
  return ['show logging', 'configure terminal', 'logging trap informational', ...hosts.slice(0, 1), 'end'];
}
