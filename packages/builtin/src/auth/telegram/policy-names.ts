/** Policy names as the core compares them: trimmed, lower case, each once. Otherwise ` Root` would pass for another. */
export const policyNames = (names: readonly string[]): string[] =>
  [...new Set(names.map((name) => name.trim().toLowerCase()).filter((name) => name !== ''))].sort()
