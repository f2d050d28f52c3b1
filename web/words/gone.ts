/** Words about incidents that are gone, and about a session that has ended. */

export const words = {
  moved: 'Two names turned out to be one device. The incident is now',
  isNow: 'is this incident now: two names turned out to be one device.',
  withdrawn: 'A late line showed that there was no such incident. It was withdrawn',
  deviceOfIt: 'Its device:',
  sessionEnded:
    'The session has ended, or its token is not configured any more. Log in to go on: what you have typed is kept.',
};
