// Which build of the console a server has. Pure.

/** Whether an index is that of another build than the one with this script. An empty index is none: the server is away. */
export function isOtherBuild(index: string, script: string): boolean {
  const name = script.split("/").at(-1) ?? "";
  return index !== "" && name !== "" && !index.includes(name);
}
