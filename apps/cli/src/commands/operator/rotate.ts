import type { Data } from '@chatelaine/client'
import { command } from '../../command.js'
import { goText } from '../../output/go-text.js'
import type { Printer } from '../../output/printer.js'
import { columns } from '../../output/table.js'

export const rotate = command({
  name: 'operator rotate',
  summary: 'Make a new key for what is written from now on. Nothing has to be unsealed or written again.',
  examples: [['Rotate:', 'operator rotate']],
  doing: 'rotating key',
  async run({ vault, print }) {
    await vault.request({ verb: 'write', path: 'sys/rotate' })
    print.success('Success! Rotated key\n')
    showKey((await vault.request({ verb: 'read', path: 'sys/key-status' })).data ?? {}, print)
  },
})

export const keyStatus = command({
  name: 'operator key-status',
  summary: 'Which key is in use, since when, and how often it was used.',
  examples: [['Look:', 'operator key-status']],
  doing: 'reading key status',
  async run({ vault, print }) {
    showKey((await vault.request({ verb: 'read', path: 'sys/key-status' })).data ?? {}, print)
  },
})

const showKey = (data: Data, print: Printer) =>
  print.value(data, () =>
    columns([
      ['Key Term', goText(data['term'])],
      ['Install Time', installTime(data['install_time'])],
      ['Encryption Count', goText(data['encryptions'])],
    ]),
  )

/** As Go's RFC822 layout prints it: `02 Jan 06 15:04 UTC`. */
function installTime(value: unknown): string {
  const date = new Date(goText(value))
  if (Number.isNaN(date.getTime())) return goText(value)
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) \d\d(\d\d) (\d+:\d+)/.exec(date.toUTCString()) ?? []
  return `${day} ${month} ${year} ${time} UTC`
}
