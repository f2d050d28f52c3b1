import ipaddr from 'ipaddr.js';

/**
 * Whether an address (`192.0.2.1`, `::1`, `[::1]`) is one of the open Internet: not private, loopback, link-local,
 * reserved or multicast, also where IPv6 carries an IPv4 address (RFC 6890). False for what is no address.
 */
export function isPublicAddress(text: string): boolean {
  const bare = text.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(bare) && ipaddr.process(bare).range() === 'unicast';
}
