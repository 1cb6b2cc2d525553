import { engine } from '@chatelaine/sdk'
import { config } from './config.js'
import { data } from './data.js'
import { invalid } from './invalid.js'
import { metadata, names } from './metadata.js'
import { subkeys } from './subkeys.js'
import { upgrade } from './upgrade.js'
import { deleteVersions, destroyVersions, undeleteVersions } from './versions.js'

export const kvV2 = engine({
  type: 'kv',
  version: '2',
  help: 'Key/value secrets that keep their past values.',
  paths: [data, metadata, names, subkeys, deleteVersions, undeleteVersions, destroyVersions, config, invalid],
  upgrade,
})
