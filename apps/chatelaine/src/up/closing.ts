/** Things to close in the reverse order of their opening. */
export interface Closing {
  add(close: () => Promise<void> | void): void
  /** Closes each, also when another fails; throws what failed first. May be called again. */
  close(): Promise<void>
}

export function closing(): Closing {
  const opened: (() => Promise<void> | void)[] = []
  let done: Promise<void> | undefined
  const close = async () => {
    const failures: unknown[] = []
    for (const one of opened.splice(0).reverse()) {
      try {
        await one()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
  return { add: (one) => void opened.push(one), close: () => (done ??= close()) }
}
