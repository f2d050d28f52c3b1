/** What a timeline of a device or an incident is made of. */
export const timelineKinds = ['message', 'change', 'notice', 'note', 'repair'] as const;
export type TimelineKind = (typeof timelineKinds)[number];
