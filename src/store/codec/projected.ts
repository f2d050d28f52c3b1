/** Version of what a store computes from each device and keeps beside it. Rows with an older one are brought over by the service. */
export const PROJECTION = 8;
