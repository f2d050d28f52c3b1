import ipaddr from 'ipaddr.js';

/**
 * Whether a text (`192.0.2.1`, `::1`, `[::1]`) is an address of the public Internet: not private, loopback, link-local,
 * reserved or multicast (RFC 6890). An IPv4 address inside an IPv6 address is checked as IPv4. False for other texts.
 */
export function isPublicAddress(text: string): boolean {
  const bare = text.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(bare) && ipaddr.process(bare).range() === 'unicast';
}
