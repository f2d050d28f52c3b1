/** What a timeline of a device or an incident is made of. */
export const timelineKinds = ['message', 'change', 'notice', 'note', 'repair', 'gap', 'inventory'] as const;
export type TimelineKind = (typeof timelineKinds)[number];
