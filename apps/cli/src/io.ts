/** What a stream to the user must do. `process.stdout` and a test's collector both fit. */
export interface Sink {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
}

/** Where input comes from. `setRawMode` is there on a terminal, and is what hides a typed secret. */
export interface Source extends AsyncIterable<Uint8Array | string> {
  readonly isTTY?: boolean | undefined
  setRawMode?(raw: boolean): unknown
  on(event: 'data', listener: (chunk: Uint8Array | string) => void): unknown
  off(event: 'data', listener: (chunk: Uint8Array | string) => void): unknown
  resume(): unknown
  pause(): unknown
}

/** All the command line may touch of the process that runs it. */
export interface Io {
  readonly stdin: Source
  readonly stdout: Sink
  readonly stderr: Sink
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The name it was called by: `vault` or `chatelaine`. */
  readonly name?: string | undefined
}

export const programOf = ({ name = 'vault' }: Io): string => name
