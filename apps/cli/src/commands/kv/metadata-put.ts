import { command, type Run } from '../../command.js'
import { duration, many, pairs, whole, yes } from '../../flags.js'
import { mountFlag, versionedPlace } from './mount.js'

const flags = {
  ...mountFlag,
  'max-versions': whole('How many versions to keep. 0 leaves it to the engine.', { from: 0 }),
  'cas-required': yes('Every write must say which version it replaces.'),
  'delete-version-after': duration('Versions are deleted when this old; 0s never.', { from: 0 }),
  'custom-metadata': pairs('A note of your own; several times for more.'),
} as const

export const metadataPut = command({
  name: 'kv metadata put',
  summary: 'Set how a secret is kept. Custom metadata is replaced as a whole.',
  args: ['path'],
  flags,
  examples: [['Keep five versions:', 'kv metadata put -max-versions=5 secret/telegram']],
  doing: ([path = '']) => `writing metadata to ${path}`,
  run: (given) => send('write', given, given.flags),
})

const patchFlags = { ...flags, 'remove-custom-metadata': many('A note to remove; several times for more.') } as const

export const metadataPatch = command({
  name: 'kv metadata patch',
  summary: 'Change how a secret is kept, and leave what is not named.',
  args: ['path'],
  flags: patchFlags,
  examples: [['Add a note:', 'kv metadata patch -custom-metadata=owner=anna secret/telegram']],
  doing: ([path = '']) => `writing metadata to ${path}`,
  run: (given) => send('patch', given, given.flags, given.flags['remove-custom-metadata']),
})

type Given = Pick<Run, 'args' | 'vault' | 'aside' | 'print'>

async function send(verb: 'write' | 'patch', { args, vault, aside, print }: Given, given: Run<typeof flags>['flags'], removed: readonly string[] = []) {
  const at = (await versionedPlace(aside, args[0] ?? '', given.mount, 'Metadata')).at('metadata')
  const notes = { ...given['custom-metadata'], ...Object.fromEntries(removed.map((key) => [key, null])) }
  const input = {
    ...(given['max-versions'] !== undefined && { max_versions: given['max-versions'] }),
    ...(given['cas-required'] !== undefined && { cas_required: given['cas-required'] }),
    ...(given['delete-version-after'] !== undefined && { delete_version_after: given['delete-version-after'].text }),
    ...(Object.keys(notes).length > 0 && { custom_metadata: notes }),
  }
  print.secretOr(await vault.request({ verb, path: at, input }), `Success! Data written to: ${at}`)
}
