import { BlockList, isIPv6 } from 'node:net';

/** Whether a sender may send. `networks`: in CIDR, which the configuration has checked; none: everybody may. */
export function senderFilter(networks: readonly string[]): (peer: string) => boolean {
  return networks.length === 0 ? () => true : isIn(networks);
}

/** Whether an address is in one of the networks. */
export function isIn(networks: readonly string[]): (address: string) => boolean {
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const network of networks) addNetwork(list, network);
  return (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function addNetwork(list: BlockList, text: string): void {
  const [address = '', prefix] = text.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
}
