import { Duration, Integers, LooseInteger, Pairs, PairsPatch, Unsettable } from '@chatelaine/sdk'
import { Type as T, type Static } from 'typebox'

/** The shapes of version 2 on the wire: the only place where Vault's names are spelled. */

export type Data = Readonly<Record<string, unknown>>

export const Secret = T.Record(T.String(), T.Unknown(), { description: 'What is kept.' })

const CustomMetadata = T.Union([T.Record(T.String(), T.String()), T.Null()])

const Times = {
  created_time: T.String({ format: 'date-time' }),
  deletion_time: T.String({ description: 'When the version counts as deleted, maybe in the future; empty if never.' }),
  destroyed: T.Boolean({ description: 'The value is gone for good.' }),
}

export const VersionInfo = T.Object({ version: T.Integer(), ...Times, custom_metadata: CustomMetadata })
export type VersionInfo = Static<typeof VersionInfo>

/** `data` is null, and the status 404, when the version was deleted or destroyed. */
export const SecretVersion = T.Object({ data: T.Union([Secret, T.Null()]), metadata: VersionInfo })
export const SubkeysVersion = T.Object({ subkeys: T.Union([Secret, T.Null()]), metadata: VersionInfo })

export const Which = T.Optional(T.Integer({ description: 'Which version; 0 is the current one.' }))

/**
 * What a write takes. The type asks for `data`; the check lets it be missing, because the handlers refuse that in Vault's words.
 */
export const WriteInput = T.Unsafe<{ data: Data; options?: { cas?: number } }>(
  T.Object({
    data: T.Optional(Secret),
    options: T.Optional(
      T.Object({ cas: T.Optional(LooseInteger({ description: 'Write only over this version; 0 if there must be none.' })) }),
    ),
    version: T.Optional(T.Integer({ description: 'Accepted; a write is always the next version.' })),
  }),
)

export const VersionsInput = T.Unsafe<{ versions: number[] }>(
  T.Object({ versions: T.Optional(Integers({ description: 'The versions meant.' })) }),
)

export const Limits = T.Object({
  max_versions: T.Optional(
    T.Integer({ minimum: 0, description: 'How many versions to keep; 0 leaves it to the mount.' }),
  ),
  cas_required: T.Optional(T.Boolean({ description: 'Every write must name the version it replaces.' })),
  delete_version_after: T.Optional(
    Duration({ minimum: 0, description: 'How long a version lives; 0 leaves it to the mount.' }),
  ),
})

export const Settings = T.Object({
  ...Limits.properties,
  custom_metadata: T.Optional(Pairs({ description: 'What is not secret about the secret; replaces what was there.' })),
})

/** A null unsets the field, or the key of `custom_metadata`. */
export const SettingsPatch = T.Object({
  max_versions: T.Optional(Unsettable(Limits.properties.max_versions)),
  cas_required: T.Optional(Unsettable(Limits.properties.cas_required)),
  delete_version_after: T.Optional(Unsettable(Limits.properties.delete_version_after)),
  custom_metadata: T.Optional(Unsettable(PairsPatch({ description: 'What is not secret about the secret, key by key.' }))),
})

export const ConfigInput = T.Object({
  max_versions: T.Optional(T.Integer({ minimum: 0, description: 'How many versions a secret keeps; 0 means 10.' })),
  cas_required: T.Optional(T.Boolean({ description: 'Every write must name the version it replaces.' })),
  delete_version_after: T.Optional(
    Duration({ description: 'How long a version lives; negative: for ever, whatever a secret says.' }),
  ),
})

export const Config = T.Object({
  max_versions: T.Integer(),
  cas_required: T.Boolean(),
  delete_version_after: T.String(),
})

export const Metadata = T.Object({
  versions: T.Record(T.String(), T.Object(Times)),
  current_version: T.Integer(),
  oldest_version: T.Integer(),
  created_time: T.String({ format: 'date-time' }),
  updated_time: T.String({ format: 'date-time' }),
  max_versions: T.Integer(),
  cas_required: T.Boolean(),
  delete_version_after: T.String(),
  custom_metadata: CustomMetadata,
})
