/** Bytes a picture may have, as in process strings. */
export const PICTURE_BYTES = 20 * 1024 * 1024;

export const PICTURES_AT_ONCE = 2;

/** Time for all pictures of one task, in milliseconds. */
export const PICTURE_DEADLINE_MS = 300_000;
