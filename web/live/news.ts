/** What the stream tells, as pages take it: whether it is about what they show. */

/** `lists`: an incident has changed, or somebody has acted. `all`: it may be about every device, also about those that are not named. */
export type News = {
  readonly lists: boolean;
  readonly all: boolean;
  /** Keys. */
  readonly devices: readonly string[];
  /** Addresses of which lines were lost. */
  readonly senders: readonly string[];
};

/** Anything may have changed. */
export const ANY: News = { lists: true, all: true, devices: [], senders: [] };

/** The device that a page shows. `peer`: the address that its last line came from. */
export type Subject = { readonly key: string; readonly peer: string | null };

export function isAbout({ all, devices, senders }: News, { key, peer }: Subject): boolean {
  return all || devices.includes(key) || (peer !== null && senders.includes(peer));
}

/** For an answer about a device that was asked for by any of its names: the device; until it is known, that name. */
export const deviceOf =
  (name: string) =>
  (device: Subject | null): Subject =>
    device ?? { key: name, peer: null };
