/** Words about what the program is made of, and about a log-out. */
import { count } from './count.ts';

export const made = {
  licences: 'Licences',
  showLicences: 'Licences of what it is made of',
  licencesOf: (n: number) =>
    `${count(n, 'package', 'packages')}, as installed here. A name opens the text of its licence.`,
  notLoggedOut: 'The session may still be valid. Log out again before you leave this browser.',
  noLicence: 'states no licence',
  noLicenceText: 'The package has no licence file.',
};
