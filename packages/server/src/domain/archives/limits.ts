/** "At most 80,000 files, at most 200 GB", of what goes in and of what comes out. */
export const MOST_FILES = 80_000;
export const MOST_BYTES = 200 * 1024 ** 3;

/**
 * No compression of ZIP gives back more than some 1,030 bytes for one. An archive that promises more is made of parts that
 * are read many times over.
 */
export const MOST_GROWTH = 1_100;

/** Time for one archive, in milliseconds. */
export const ARCHIVE_DEADLINE_MS = 6 * 3_600_000;
export const ARCHIVES_AT_ONCE = 2;
