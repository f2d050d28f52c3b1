/**
 * Whether several sockets may share a port here, and the kernel deals datagrams and connections out by the address and port of
 * their sender: `SO_REUSEPORT` as Linux has it, socket(7).
 */
export const canSharePort = ['linux', 'freebsd', 'sunos', 'aix'].includes(process.platform);
