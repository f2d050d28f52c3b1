/** Words of the timeline of a device or an incident, and of the times of a line. */

export const words = {
  timeline: 'Timeline, newest first',
  emptyTimeline: 'Nothing of these kinds.',
  shownKinds: 'Kinds that are shown',
  nothing: 'nothing',
  raw: 'raw',
  received: 'received',
  from: 'from',
  timeUsed: {
    stamp: 'time of the device is used',
    relay: 'time of the relay is used',
    receipt: 'time of receipt is used',
    archive: 'time of the archive is used',
  },
  stamp: 'time of the device:',
  stampRejected: (why: string) => `time of the device not used: ${why}`,
  kinds: {
    message: 'messages',
    change: 'changes',
    notice: 'notices',
    note: 'notes',
    gap: 'loss',
    repair: 'repairs',
    inventory: 'inventory',
  },
};
