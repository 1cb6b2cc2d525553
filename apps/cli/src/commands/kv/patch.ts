import { ClientError, isRecord, type Answer, type Data } from '@chatelaine/client'
import { command, type Run } from '../../command.js'
import { CliError } from '../../errors.js'
import { many, text, whole } from '../../flags.js'
import { readValues } from '../../input/values.js'
import { mountFlag, versionedPlace, type Place } from './mount.js'
import { showWritten } from './show.js'

const flags = {
  ...mountFlag,
  cas: whole('Only if the current version is this one.', { from: 1 }),
  method: text('patch: the server merges. rw: read, merge here, write back only if nobody wrote between.'),
  'remove-data': many('A key to remove; several times for more.'),
} as const

export const patch = command({
  name: 'kv patch',
  summary: 'Change some values of a secret and leave the others.',
  args: ['path', '[key=value...]'],
  flags,
  examples: [['One value:', 'kv patch secret/telegram api_hash=@hash']],
  doing: ([path = '']) => `writing data to ${path}`,
  async run(given) {
    const { args: [path = '', ...words], flags: { method, mount, 'remove-data': removed }, io, aside } = given
    if (words.length === 0 && removed.length === 0) throw CliError.noData()
    if (method !== undefined && method !== 'patch' && method !== 'rw') throw CliError.badFlag({ flag: 'method', wanted: 'patch or rw' })
    const data = { ...(await readValues(words, io)), ...Object.fromEntries(removed.map((key) => [key, null])) }
    const where = await versionedPlace(aside, path, mount, 'patch')
    showWritten(await patched(data, where, given), where.at('data'), given)
  },
})

type Given = Run<typeof flags>

/** A token that may not patch, or a server that cannot, may still allow reading and writing. */
async function patched(data: Data, where: Place, given: Given): Promise<Answer> {
  const { method, cas } = given.flags
  if (method === 'rw') return merged(data, where, given)
  try {
    const input = { data, options: cas === undefined ? {} : { cas } }
    return await given.vault.request({ verb: 'patch', path: where.at('data'), input })
  } catch (error) {
    if (ClientError.notFound.is(error)) throw CliError.nothingThere({ path: where.at('data') })
    if (method === undefined && (ClientError.denied.is(error) || ClientError.unsupported.is(error))) return merged(data, where, given)
    throw error
  }
}

async function merged(data: Data, where: Place, { vault, aside, flags: given }: Given): Promise<Answer> {
  const path = where.at('data')
  const found = (await aside.request({ verb: 'read', path })).data
  if (!isRecord(found?.['data']) || !isRecord(found['metadata'])) throw CliError.nothingThere({ path })
  const both = Object.entries({ ...found['data'], ...data }).filter(([, value]) => value !== null)
  const cas = given.cas ?? found['metadata']['version']
  return vault.request({ verb: 'write', path, input: { data: Object.fromEntries(both), options: { cas } } })
}
