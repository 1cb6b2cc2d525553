import { fileURLToPath } from 'node:url'
import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.js'

// What other people's newest clients do. Where `npm test` runs the same suite with Debian's version, this runs it with PyPI's.
const config = mergeConfig(base, {})
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: ['test/compat-newest/**/*.test.ts', 'test/compat/hvac.test.ts', 'test/compat/telethon-sandbox.test.ts', 'apps/cli/src/output/yaml.test.ts'],
    exclude: [],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    env: { COMPAT_PYTHON: fileURLToPath(new URL('.cache/compat/python/bin/python', import.meta.url)) },
  },
})
