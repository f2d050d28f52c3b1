import { type SenderSettings, Senders } from '../../src/receive/senders.ts';

/** Everybody may send as much as they like. */
export const anySender: SenderSettings = {
  allow: [],
  relays: [],
  perSource: { connections: 4096, lines: 1_000_000, newDevices: 1000 },
};

export const senders = (over: Partial<SenderSettings> = {}) => new Senders({ ...anySender, ...over });
