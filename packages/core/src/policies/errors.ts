import { defineErrors } from '@chatelaine/sdk'

/** What policies refuse. Every text that cannot be read begins with the words Vault's clients look for. */
export const PolicyError = defineErrors('policy', {
  malformed: { status: 400, text: (d: { reason: string }) => `failed to parse policy: ${d.reason}` },
  badName: {
    status: 400,
    text: () => 'policy names may not begin or end with a space, or hold control characters',
  },
  /** Vault's sentence, and a bug of whoever collected the policies: root is never one among several. */
  rootAmongOthers: { status: 500, text: () => 'other policies present along with root' },
})
