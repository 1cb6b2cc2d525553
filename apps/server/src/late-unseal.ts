import type { Core } from '@chatelaine/core'

const everyMs = 1000

/**
 * A node with a seal that needs no people opens as soon as another node has founded the vault that it has been waiting for; once.
 * Ends with the returned function.
 */
export function unsealWhenFounded(core: Core, report: (error: unknown) => void): () => Promise<void> {
  let under: Promise<boolean> = Promise.resolve(false)
  let failing = false
  const look = async () => {
    try {
      const done = await core.unsealFirst()
      failing = false
      return done
    } catch (error) {
      if (!failing) report(error)
      failing = true
      return false
    }
  }
  const timer = setInterval(() => {
    under = under.then(async (done) => done || (await look()))
    void under.then((done) => done && clearInterval(timer))
  }, everyMs).unref()
  return async () => {
    clearInterval(timer)
    await under
  }
}
