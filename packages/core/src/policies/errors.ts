import { defineErrors } from '@chatelaine/sdk'

/** What policies refuse. Every text that cannot be read begins with the words Vault's clients look for. */
export const PolicyError = defineErrors('policy', {
  malformed: { status: 400, text: (d: { reason: string }) => `failed to parse policy: ${d.reason}` },
  tooLong: { status: 400, text: () => 'failed to parse policy: it is longer than 131072 characters; split it into several policies' },
  badName: {
    status: 400,
    text: () => 'policy names have at most 512 characters, and may not begin or end with a space, or hold control characters',
  },
  /** Vault's sentence, and a bug of whoever collected the policies: root is never one among several. */
  rootAmongOthers: { status: 500, text: () => 'other policies present along with root' },
})
