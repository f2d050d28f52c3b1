/** Words about whether what a page shows is true, and what was asked for is done. */
export const live = {
  notConnected: (since: string) => `Not connected since ${since}: the page shows what was known then. It tries again.`,
  notKnownDone: 'the service does not answer: it is not known whether it was done. Look before you try again',
  noStream: (since: string) =>
    `No live changes since ${since}: the service takes no further listener. The page asks again from time to time.`,
  notReady: (detail: string) => `The service is not ready: ${detail}`,
  noticesWait: (since: string) => `Notices are stuck since ${since}`,
  printed: (address: string, at: string) => `${address} as of ${at}`,
  otherVersion: (version: string) => `The service is ${version} now, and this page is of another version.`,
  otherConsole: 'The service has other files of its console than those of this page.',
};
