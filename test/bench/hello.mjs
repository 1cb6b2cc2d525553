// The yardstick: what node:http does when there is nothing to do. Same answer size and headers as a KV v2 read.
import { createServer } from 'node:http'

const body = `${JSON.stringify({ request_id: '00000000-0000-0000-0000-000000000000', data: { data: { value: 'x'.repeat(200) } } })}\n`
const server = createServer((_, res) => {
  res.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'Content-Length': Buffer.byteLength(body) })
  res.end(body)
})
server.listen(0, '127.0.0.1', () => process.send?.({ url: `http://127.0.0.1:${server.address().port}` }))
process.on('message', () => process.exit(0))
// Nobody measures any more when the parent has gone.
process.on('disconnect', () => process.exit(0))
