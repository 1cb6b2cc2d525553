// `npm run robustness`: every fault, with the limits that the project promises. Needs `tsc -b` to have been run.
import { runnerImport } from 'vite'

const { module } = await runnerImport('./test/robustness/etcd/run.ts', { logLevel: 'warn' })
process.exitCode = await module.main(process.argv.slice(2))
