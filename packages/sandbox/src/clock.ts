/** The time, as tests may want it. */
export type Clock = () => Date

/** Telegram counts in whole seconds. */
export const seconds = (clock: Clock) => Math.floor(clock().getTime() / 1000)
