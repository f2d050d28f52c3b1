import { BlockList, isIPv6 } from 'node:net';

/** Whether a sender may send. `networks`: in CIDR, which the configuration has checked; none: everybody may. */
export function senderFilter(networks: readonly string[]): (peer: string) => boolean {
  if (networks.length === 0) return () => true;
  const list = new BlockList();
  for (const network of networks) addNetwork(list, network);
  return (peer) => list.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4');
}

function addNetwork(list: BlockList, text: string): void {
  const [address = '', prefix] = text.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
}
