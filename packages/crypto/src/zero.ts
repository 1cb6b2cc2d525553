/**
 * Overwrites key bytes when they are done with. Best effort: the engine may have moved or copied a buffer before, and
 * strings made from it cannot be reached. It shortens how long a key lies in memory; it cannot promise that none does.
 */
export function zero(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0)
}
