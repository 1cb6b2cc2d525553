// Another client, in a thread of its own: asks for the seal's state again and again on one connection, and says how long it waited.
import { Agent, request } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

const agent = new Agent({ keepAlive: true, maxSockets: 1 })
let waits = []

function ask() {
  const begun = performance.now()
  request(`${workerData.url}/v1/sys/seal-status`, { agent }, (answer) => {
    answer.resume().on('end', () => {
      waits.push(performance.now() - begun)
      setTimeout(ask, 2)
    })
  }).end()
}

parentPort.on('message', (question) => {
  if (question === 'stop') process.exit(0)
  parentPort.postMessage(waits)
  waits = []
})
ask()
