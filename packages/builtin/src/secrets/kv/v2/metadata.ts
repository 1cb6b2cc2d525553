import {
  decodeRecord, formatDuration, path, reply, type Call, type Reply,
} from '@chatelaine/sdk'
import type { Static } from 'typebox'
import { historyKey, historyRoot } from '../layout.js'
import { ListInput, listNames, Names, refuseFolder } from '../listing.js'
import { changeSecret, secretExists, sweep, type Changing, type Found } from './change.js'
import { loadConfig } from './config.js'
import { acceptCustomMetadata, patchCustomMetadata } from './custom-metadata.js'
import { firstOf, newHistory, sweepSize, timeOf, timesOf, type History } from './history.js'
import { type Limits, Metadata, Settings, SettingsPatch } from './schemas.js'

type At = { readonly path: string }

export const metadata = path('metadata/{path+}', 'What is known about a secret, and its settings.')
  .read({
    summary: "Read a secret's versions and settings.",
    id: 'kv-read-metadata-path',
    output: Metadata,
    async handle({ storage, params }) {
      const entry = await storage.get(historyKey(params.path))
      if (entry) return shown(decodeRecord<History>(entry.value))
      await loadConfig(storage)
      return undefined
    },
  })
  .write({
    summary: 'Change the settings that are given, creating the secret without a version if need be.',
    id: 'kv-write-metadata-path',
    answers: { statuses: [200, 204] },
    input: Settings,
    exists: ({ storage, params }) => secretExists(storage, params.path),
    handle: writeSettings,
  })
  .patch({
    summary: 'Change the settings that are given; null unsets one.',
    id: 'kv-patch-metadata-path',
    answers: { statuses: [200, 204, 404] },
    input: SettingsPatch,
    handle: patchSettings,
  })
  .delete({
    summary: 'Delete a secret with all of its versions, for good.',
    id: 'kv-delete-metadata-path',
    async handle({ storage, records, params }) {
      let done = false
      while (!done) done = await forgetSome({ storage, records }, params.path)
      return undefined
    },
  })

export const names = path('metadata/{path*}', 'The names kept under a path.').list({
  summary: 'List names; one that ends in a slash holds more.',
  id: 'kv-list-metadata-path',
  input: ListInput,
  output: Names,
  async handle({ storage, params, input }) {
    await loadConfig(storage)
    return listNames(storage, historyRoot, params.path, input)
  },
})

function shown(history: History): Static<typeof Metadata> {
  const first = firstOf(history)
  return {
    versions: Object.fromEntries(history.versions.map((version, i) => [String(first + i), timesOf(version)])),
    current_version: history.current,
    oldest_version: history.oldest,
    created_time: timeOf(history.created),
    updated_time: timeOf(history.updated),
    max_versions: history.maxVersions,
    cas_required: history.casRequired,
    delete_version_after: formatDuration(history.deleteVersionAfter),
    custom_metadata: history.custom,
  }
}

async function writeSettings(call: Call<At, Static<typeof Settings>>): Promise<Reply | undefined> {
  const { clock, params, input } = call
  refuseFolder(params.path)
  if (Object.keys(input).length === 0) return undefined
  const custom = input.custom_metadata && acceptCustomMetadata(input.custom_metadata)
  return changeSecret(call, params.path, (found) => {
    const before = found.history ?? newHistory(clock.now().getTime())
    const after = withLimits(before, input)
    return { answer: warned(found, input.cas_required), history: custom === undefined ? after : { ...after, custom } }
  })
}

async function patchSettings(call: Call<At, Static<typeof SettingsPatch>>): Promise<Reply | undefined> {
  const { params, input } = call
  return changeSecret(call, params.path, (found) => {
    if (!found.history) return { answer: reply({ status: 404 }) }
    const custom = patchCustomMetadata(found.history.custom, input.custom_metadata)
    return {
      answer: warned(found, input.cas_required ?? undefined),
      history: { ...withLimits(found.history, unset(input)), custom },
    }
  })
}

/** A null becomes what a fresh secret has. */
const unset = ({ max_versions, cas_required, delete_version_after }: Static<typeof SettingsPatch>): Static<typeof Limits> => ({
  ...(max_versions !== undefined && { max_versions: max_versions ?? 0 }),
  ...(cas_required !== undefined && { cas_required: cas_required ?? false }),
  ...(delete_version_after !== undefined && { delete_version_after: delete_version_after ?? 0 }),
})

const withLimits = (history: History, given: Static<typeof Limits>): History => ({
  ...history,
  maxVersions: given.max_versions ?? history.maxVersions,
  casRequired: given.cas_required ?? history.casRequired,
  deleteVersionAfter: given.delete_version_after ?? history.deleteVersionAfter,
})

const warned = ({ config }: Found, casRequired: boolean | undefined): Reply | undefined =>
  config.casRequired && casRequired === false
    ? reply({ warnings: [ignoredWarning] })
    : undefined

const ignoredWarning = '"cas_required" set to false, but is mandated by backend config. This value will be ignored.'

/**
 * Removes a secret, or the oldest of its values where one commit does not hold them all; true when nothing is left.
 * Interrupted, the newest versions are still there.
 */
function forgetSome(call: Changing, path: string): Promise<boolean> {
  return changeSecret(call, path, ({ history }) => {
    if (!history) return { answer: true }
    const swept = Math.min(history.current, history.swept + sweepSize)
    const values = sweep(path, history.swept, swept)
    if (swept === history.current) return { answer: true, history: null, values }
    const versions = history.versions.slice(-(history.current - swept))
    const oldest = Math.max(history.oldest, swept + 1)
    return { answer: false, history: { ...history, swept, oldest, versions }, values }
  })
}
