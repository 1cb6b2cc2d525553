/** Where the core says what it did. Facts never hold a secret, a token or a request's data. */
export type Log = (message: string, facts?: Readonly<Record<string, unknown>>) => void
