/** Where the sandbox says what it does. Never keys, codes or texts: only names, ids and reasons. */
export type Log = (line: string) => void
