/** Words about what the program is made of. */
import { count } from './count.ts';

export const made = {
  licences: 'Licences',
  showLicences: 'Licences of what it is made of',
  licencesOf: (n: number) =>
    `${count(n, 'package', 'packages')}, as installed here. A name opens the text of its licence.`,
  noLicence: 'states no licence',
  noLicenceText: 'The package has no licence file.',
};
