import { defineConfig } from 'vitest/config'
import tests from './vitest.config.js'

/** `npm run faults`: processes that are killed, frozen and cut off under load. It takes minutes, so `npm test` leaves it out. */
export default defineConfig({
  ...tests,
  test: { ...tests.test, include: ['{packages,apps}/*/src/**/*.faults.ts', 'test/**/*.faults.ts'] },
})
