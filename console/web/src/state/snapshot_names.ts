// Names for snapshots that come from files.

/** The suffix of the files. */
export const SUFFIX = ".hubsim";
/** The longest name of a snapshot, in characters. */
const LENGTH_MAX = 63;

/** Return a free name for the snapshot of a file: that of the file, as far as the server accepts it. */
export function freeName(file: string, taken: readonly { name: string }[]): string {
  const stem = file.endsWith(SUFFIX) ? file.slice(0, -SUFFIX.length) : file;
  const plain = stem.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "") || "file";
  const names = new Set(taken.map(({ name }) => name));
  for (let number = 1; ; number += 1) {
    const tail = number === 1 ? "" : `-${number}`;
    const name = plain.slice(0, LENGTH_MAX - tail.length) + tail;
    if (!names.has(name)) return name;
  }
}
