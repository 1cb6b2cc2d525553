#!/usr/bin/env node
// Compiles what changed since the last time. Says so, because the first time takes a while.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
if (!existsSync(`${root}apps/chatelaine/dist/main.js`)) process.stderr.write('Compiling for the first time, this takes half a minute …\n')
const tsc = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-b'], { cwd: root, stdio: 'inherit' })
process.exit(tsc.status ?? 1)
