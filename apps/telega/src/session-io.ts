/** Asks a person, and gives what was typed as it was typed; `hidden` answers are not shown. */
export interface Ask {
  (question: string, options?: { readonly hidden?: boolean }): Promise<string>
}

export interface SessionIo {
  readonly ask: Ask
  say(line: string): void
}

/** Who is logged in. */
export interface Me {
  readonly id: number
  readonly name: string
}
