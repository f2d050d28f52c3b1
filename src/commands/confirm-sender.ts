import { isIP } from 'node:net';
import { OperatingError } from '../errors.ts';
import { deviceNamed } from './near-device.ts';
import { operating } from './open-data.ts';
import { print } from './output.ts';

type Options = { config?: string; data?: string };

/** Confirms that a device sends from an address. A recovery from there that waits counts from now on. */
export async function confirmSenderCommand(device: string, address: string, options: Options): Promise<void> {
  if (isIP(address) === 0) throw new OperatingError('QVW_USAGE', `${address} is no IPv4 or IPv6 address`);
  await operating(options, async (opened) => {
    const named = await deviceNamed(opened, device);
    const { key } = await opened.operations.confirmSender(
      named,
      address,
      'operator',
      'the device sends from this address',
    );
    print(`${key} sends from ${address}: recoveries from there count\n`);
  });
}
