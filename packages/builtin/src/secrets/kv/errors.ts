import { defineErrors } from '@chatelaine/sdk'

/** What the key/value engines refuse. The sentences are Vault's: its clients match on some of them. */
export const KvError = defineErrors('kv', {
  missingData: { status: 400, text: () => 'missing data fields' },
  noData: { status: 400, text: () => 'no data provided' },
  folder: { status: 400, text: () => "cannot write to a path ending in '/'" },
  casMismatch: { status: 400, text: () => 'check-and-set parameter did not match the current version' },
  casRequired: { status: 400, text: () => 'check-and-set parameter required for this call' },
  noVersions: { status: 400, text: () => 'No version number provided' },
  noVersionsToDestroy: { status: 400, text: () => 'no version number provided' },
  customMetadata: { status: 400, text: (d: { problems: readonly string[] }) => listed(d.problems) },
  upgrading: {
    status: 400,
    text: () =>
      'Upgrading from non-versioned to versioned data. ' +
      'This backend will be unavailable for a brief period and will resume service shortly.',
  },
  versionLost: { status: 500, text: (d: { version: number }) => `could not find version data of version ${d.version}` },
})

function listed(problems: readonly string[]): string {
  const lines = problems.map((problem) => `\t* custom_metadata validation failed: ${problem}\n`)
  return `${problems.length} error${problems.length === 1 ? '' : 's'} occurred:\n${lines.join('')}\n`
}
