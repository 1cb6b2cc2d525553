// wrk, from Debian: 64 connections on the other core. Its own figures, and the server's processor time beside them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { cpuSeconds, loadCore } from './processes.mjs'

/** With `writes`, each request writes a secret of its own below `url`; names go on from one call to the next. */
export async function load({ url, pid, token, folder, seconds, connections = 64, writes }) {
  // The token travels in a file, not on wrk's command line.
  const script = `${folder}/wrk.lua`
  const header = token ? `wrk.headers["X-Vault-Token"] = "${token}"\n` : ''
  writeFileSync(script, header + (writes ? writing(new URL(url).pathname, writes) : ''), { mode: 0o600 })
  const before = cpuSeconds(pid)
  const args = ['-c', String(loadCore), 'wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script, url]
  const wrk = spawn('taskset', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  wrk.stdout.on('data', (chunk) => (text += chunk))
  const [code] = await once(wrk, 'close')
  const spent = cpuSeconds(pid) - before
  if (code !== 0) throw new Error(`wrk failed (${code})`)
  const requests = Number(/(\d+) requests in/.exec(text)[1])
  if (/Non-2xx/.test(text)) throw new Error(`the server refused requests:\n${text}`)
  return {
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]),
    p50: milliseconds(/^\s+50%\s+(\S+)/m.exec(text)[1]),
    p99: milliseconds(/^\s+99%\s+(\S+)/m.exec(text)[1]),
    cpuMicros: (spent / requests) * 1e6,
  }
}

const writing = (path, value) => `local n, from = 0, "${path}/${process.hrtime.bigint()}/"
wrk.headers["Content-Type"] = "application/json"
request = function()
  n = n + 1
  return wrk.format("POST", from .. n, nil, '{"data":{"value":"${value}"}}')
end
`

const units = { us: 1e-3, ms: 1, s: 1e3, m: 6e4 }
const milliseconds = (text) => Number.parseFloat(text) * units[/[a-z]+/.exec(text)[0]]
