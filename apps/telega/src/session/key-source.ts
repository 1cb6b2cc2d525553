import { Type as T, type Static } from 'typebox'
import { Value } from 'typebox/value'

/** The Vault keeps the key, the disk keeps the session: neither is of use without the other. */
export const vaultKeyPath = 'secret/data/telega/session-key'

const FromVault = T.Object({ from: T.Literal('vault'), path: T.Literal(vaultKeyPath) }, { additionalProperties: false })

// A changed file must not make us work for hours or fill the memory before the change is found out.
const FromPassphrase = T.Object(
  { from: T.Literal('passphrase'), salt: T.String({ minLength: 24, maxLength: 24 }), cost: T.Integer({ minimum: 2 ** 14, maximum: 2 ** 18 }) },
  { additionalProperties: false },
)

/** Where the key of a sealed session comes from. It stands in clear in the file, and is bound to what is sealed. */
export type KeySource = Static<typeof FromVault> | Static<typeof FromPassphrase>

export const isKeySource = (value: unknown): value is KeySource =>
  Value.Check(FromVault, value) || (Value.Check(FromPassphrase, value) && Number.isInteger(Math.log2(value.cost)))
