/** Words about what people do with a device. */
export const device = {
  noIncidentYet: 'It has never had an incident.',
  latestShown: (n: number) => `The latest ${n} are shown.`,
  noDevices: 'No device is known: none has sent a message that counts, and the inventory is empty.',
  editRow: 'Edit inventory row',
  listIt: 'Put into the inventory',
  rowOf: (key: string) => `Inventory row: ${key}`,
  rowText: 'What stands here is used before what the lines say. Without a value, the lines decide.',
  rowColumns: {
    hostname: 'Host name',
    address: 'Address',
    serial: 'Serial number',
    pid: 'Product',
    release: 'Release',
    plant: 'Plant',
    licensing: 'Licensing',
  },
  licensingModes: {
    '': 'not known',
    online: 'online',
    PLR: 'PLR: needs no connection',
    SLR: 'SLR: needs no connection',
  },
  changedMeanwhile: (column: string, value: string | null) =>
    `${column} was changed meanwhile: it is ${value ?? 'empty'} now. To save replaces it.`,
  typedBefore: 'What you typed before is here again, and is not saved.',
  dropTyped: 'Begin with the stored row',
  saveRow: 'Save',
  confirmSender: {
    button: 'Confirm',
    text: 'How you know it (may be empty)',
  },
  confirmOf: (address: string) => `Confirm ${address}`,
  confirmSays: (device: string) =>
    `${device} sends its lines from this address: a recovery that comes from there counts at once, also one that waits now.`,
};
