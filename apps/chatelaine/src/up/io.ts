import type { Paint } from './story.js'

export interface UpIo {
  print(text: string): void
  report(error: unknown): void
  readonly paint: Paint
  /** Asked only for a real session that is sealed with a passphrase. */
  readonly passphrase?: (() => Promise<string>) | undefined
}
