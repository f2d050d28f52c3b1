import { makeDecoder } from '../core/decode/envelope.ts';
import { findMessageCode } from '../core/decode/message-code.ts';
import type { Record } from '../core/frame/record.ts';
import type { LiveTransport } from '../core/model/message.ts';
import { aliasOf, isSameHost } from '../core/model/names.ts';
import type { Intake, Taken } from './receiver.ts';

/** Times do not matter here. */
const context = { reference: 0, zoneOffset: () => 0, latest: Number.POSITIVE_INFINITY };
const decode = makeDecoder();

/** Takes only lines of the device that a client certificate names; others are dropped as `denied`. */
export class DeviceIntake implements Intake {
  readonly #intake: Intake;
  readonly #names: readonly string[];

  /** `names`: of the certificate. */
  constructor(intake: Intake, names: readonly string[]) {
    this.#intake = intake;
    this.#names = names.map(aliasOf);
  }

  take(record: Record, peer: string, transport: LiveTransport): Taken {
    const name = deviceIn(record, peer);
    if (name === null || this.#names.some((own) => isSameHost(own, name)))
      return this.#intake.take({ ...record, certified: name !== null }, peer, transport);
    this.#intake.misnamed(transport, peer, name);
    return 'refused';
  }

  get kept(): number {
    return this.#intake.kept;
  }

  readonly received: Intake['received'] = (transport, bytes) => this.#intake.received(transport, bytes);
  readonly drop: Intake['drop'] = (transport, reason, count) => this.#intake.drop(transport, reason, count);
  readonly denied: Intake['denied'] = (...denial) => this.#intake.denied(...denial);
  readonly misnamed: Intake['misnamed'] = (...line) => this.#intake.misnamed(...line);
  readonly connections: Intake['connections'] = (transport, open) => this.#intake.connections(transport, open);
  readonly hasCapacity: Intake['hasCapacity'] = (peer) => this.#intake.hasCapacity(peer);
  readonly onCapacity: Intake['onCapacity'] = (peer, callback) => this.#intake.onCapacity(peer, callback);
  readonly isStored: Intake['isStored'] = (ordinal) => this.#intake.isStored(ordinal);
  readonly onStored: Intake['onStored'] = (callback) => this.#intake.onStored(callback);
}

/** The device that the header of a message names, else the address of its sender; null if there is no message. */
function deviceIn({ bytes, start, end }: Record, peer: string): string | null {
  const code = findMessageCode(bytes, start, end);
  if (code === null) return null;
  const { origin, relayHost } = decode({ bytes, start }, code.start, context);
  return aliasOf(origin ?? relayHost ?? peer);
}
