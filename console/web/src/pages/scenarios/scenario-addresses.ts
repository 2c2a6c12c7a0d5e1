// The addresses below `#/scenarios`. Ids of scenarios have no tilde.

/** The view of a file from the disk. */
export const FILE_VIEW = "~file";
