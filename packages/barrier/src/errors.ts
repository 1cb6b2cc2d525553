import { defineErrors } from '@chatelaine/sdk'

const octal = (mode: number) => (mode & 0o7777).toString(8).padStart(4, '0')

/** What the barrier and its seals refuse, and why. A row is the whole truth about one failure. */
export const BarrierError = defineErrors('barrier', {
  sealed: { status: 503, text: () => 'Vault is sealed' },
  unsealed: { status: 400, text: () => 'vault is unsealed' },
  notInitialized: { status: 400, text: () => 'Vault is not initialized' },
  alreadyInitialized: { status: 400, text: () => 'Vault is already initialized' },

  tampered: { status: 500, text: (d: { key: string }) => `"${d.key}" is not what was written there` },
  unknownTerm: {
    status: 500,
    text: (d: { key: string; term: number }) => `"${d.key}" was written under term ${d.term}, which the keyring lacks`,
  },
  reserved: { status: 400, text: (d: { key: string }) => `"${d.key}" belongs to the barrier itself` },
  rotationLimits: { status: 400, text: (d: { reason: string }) => d.reason },

  invalidConfig: { status: 400, text: (d: { reason: string }) => `invalid seal configuration: ${d.reason}` },
  malformedKey: { status: 400, text: () => `'key' must be a valid hex or base64 string` },
  keyTooShort: { status: 400, text: (d: { min: number }) => `invalid key: key is shorter than minimum ${d.min} bytes` },
  keyTooLong: { status: 400, text: (d: { max: number }) => `invalid key: key is longer than maximum ${d.max} bytes` },
  invalidKey: { status: 400, text: () => 'Unseal failed, invalid key' },

  wrongSeal: {
    status: 500,
    text: (d: { type: string; wrapped: string }) =>
      `the root key was wrapped by ${d.wrapped || 'no seal'}, so the "${d.type}" seal cannot open it`,
  },
  notUnwrapped: { status: 500, text: (d: { type: string }) => `the "${d.type}" seal did not open the root key` },
  keyFileMissing: { status: 500, text: (d: { path: string }) => `the unseal key was expected in "${d.path}"` },
  keyFileExposed: {
    status: 500,
    text: (d: { path: string; mode: number }) =>
      `"${d.path}" holds the unseal key and others may touch it (mode ${octal(d.mode)}): run chmod 600 on it`,
  },
  keyFileMalformed: { status: 500, text: (d: { path: string }) => `"${d.path}" does not hold 32 bytes in base64` },
})
