const BEIJING_MS = 8 * 3_600_000;

/** RFC 3339 with nine digits and the vendor's own offset: projects and attachments are told so. */
export const inBeijing = (ms: number): string => new Date(ms + BEIJING_MS).toISOString().replace('Z', '000000+08:00');

/** RFC 3339 with nine digits, in UTC: tasks are told so. */
export const inUtc = (ms: number): string => new Date(ms).toISOString().replace('Z', '000000Z');
