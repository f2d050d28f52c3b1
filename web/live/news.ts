/** What the stream tells, as pages take it: whether it is about what they show. */

/** `lists`: an incident has changed, or somebody has acted. `all`: it may be about every device, also about those that are not named. */
export type News = {
  readonly lists: boolean;
  readonly all: boolean;
  /** Keys. */
  readonly devices: readonly string[];
  /** Addresses of which lines were lost. */
  readonly senders: readonly string[];
  /** What has become of notices, or who is notified. */
  readonly notices: boolean;
  /** Whether the service is well. */
  readonly health: boolean;
};

const NOTHING: News = { lists: false, all: false, devices: [], senders: [], notices: false, health: false };

export const newsOf = (told: Partial<News>): News => ({ ...NOTHING, ...told });

/** Anything may have changed. */
export const ANY = newsOf({ lists: true, all: true, notices: true, health: true });

/** The device that a page shows. `peer`: the address that its last line came from. */
export type Subject = { readonly key: string; readonly peer: string | null };

export function isAbout({ all, devices, senders }: News, { key, peer }: Subject): boolean {
  return all || devices.includes(key) || (peer !== null && senders.includes(peer));
}

export const isOfDevices = ({ lists, all, devices, senders }: News): boolean =>
  lists || all || devices.length + senders.length > 0;

/** For an answer about a device that was asked for by any of its names: the device; until it is known, that name. */
export const deviceOf =
  (name: string) =>
  (device: Subject | null): Subject =>
    device ?? { key: name, peer: null };
