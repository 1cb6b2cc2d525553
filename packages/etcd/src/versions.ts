/** The first version of each line in which nothing below is open. A line that is not here is newer than all of them, or older. */
const fixed: readonly (readonly [major: number, minor: number, patch: number])[] = [[3, 4, 44], [3, 5, 28], [3, 6, 11]]

/**
 * What is known to be open in a version of etcd, as a sentence; undefined for one without. Before the versions above operations
 * nested in a transaction escape etcd's own permissions (CVE-2026-33343): there every client certificate is root over the data.
 */
export function knownHoles(version: string): string | undefined {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const line = fixed.find(([a, b]) => a === major && b === minor)
  const sound = line ? patch >= line[2] : major > 3 || (major === 3 && minor > 6)
  if (sound) return undefined
  return `etcd ${version} has known holes (CVE-2026-33343: a client certificate reaches every key, whatever its user may): use ${fixed.map((one) => one.join('.')).join(', ')} or later`
}
