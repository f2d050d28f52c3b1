/** Words about lines: those that count, and those that could not be read. */
import { count } from './count.ts';

const device = { name: 'device', label: 'Device', maxLength: 512 };
const plant = { name: 'plant', label: 'Plant', maxLength: 512 };
const facility = { name: 'facility', label: 'Facility', placeholder: 'SMART_LIC', maxLength: 128 };
const mnemonic = { name: 'mnemonic', label: 'Mnemonic', placeholder: 'COMM_FAILED', maxLength: 128 };
const days = [
  { name: 'from', label: 'From day (UTC)', kind: 'day' as const },
  { name: 'to', label: 'Before day (UTC)', kind: 'day' as const },
];

const whyUnread = {
  'unknown-mnemonic': 'the mnemonic is not known',
  'unknown-body': 'the text is not known',
  ambiguous: 'two readings are possible',
};

export const messages = {
  askAgain: 'Ask again',
  messageFields: [device, plant, facility, mnemonic, ...days],
  unparsedFields: [device, plant, facility, mnemonic, { name: 'why', label: 'Why', choices: whyUnread }, ...days],
  messageColumns: ['Time', 'Device', 'Message', 'What it says', 'Line'],
  copySample: 'Copy the line',
  noMessages: 'No line that counts was stored yet.',
  unparsedText:
    'Lines of facilities that this program knows, which its grammar could not read. What the mnemonic alone says still counts; what the text says does not. Send a sample to those who write the grammar.',
  byMessage: 'By message and reason',
  oneByOneLatest: 'One by one, the latest first',
  groupColumns: ['Message', 'Why', 'Lines', 'Devices', 'Last', 'Sample'],
  unreadColumns: ['Received', 'Device', 'Message', 'Why', 'Line'],
  furtherLines: (n: number) => `${count(n, 'line', 'lines')} of further groups`,
  noUnread: 'No line is like this: all that were received could be read.',
  noDevice: '(names none)',
  whyUnread,
};

export const advisory = {
  isMine: 'Is mine affected?',
  isMineFields: [
    { name: 'product', label: 'Product id', placeholder: 'IE-3300-8T2S', maxLength: 64 },
    { name: 'release', label: 'Release', placeholder: '17.3.3', maxLength: 32 },
  ],
  isItAffected: 'Is it?',
  giveBoth: 'Give both the product id and the release, as in the output of show version.',
  statuses: { affected: 'affected', fixed: 'it has the fix', unknown: 'not known' },
  becauseOf: 'Because',
  fixedInRelease: 'Fixed in',
  family: 'Family',
  source: 'Source',
  affectedReleases: 'Affected releases',
  productColumns: ['Products', 'Affected', 'Fixed in'],
  range: (from: string, to: string) => `${from} to ${to}`,
  servers: 'Servers, and when their old certificates end',
  serverColumns: ['Host', 'Ends'],
  services: 'Services that fail',
  exempt: 'Not touched',
  revisions: 'Revisions of the notice',
  repair: 'Repair',
  script: 'Commands for one device',
  chooseOne: 'choose one',
  pem: 'The new root as PEM',
};
