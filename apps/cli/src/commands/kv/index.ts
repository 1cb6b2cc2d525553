import { metadataDelete } from './metadata-delete.js'
import { metadataGet } from './metadata-get.js'
import { metadataPatch, metadataPut } from './metadata-put.js'
import { enableVersioning } from './enable-versioning.js'
import { get } from './get.js'
import { list } from './list.js'
import { patch } from './patch.js'
import { put } from './put.js'
import { remove } from './delete.js'
import { rollback } from './rollback.js'
import { destroy, undelete } from './versions.js'

export const kvCommands = [
  get, put, patch, list, remove, undelete, destroy, rollback, metadataGet, metadataPut, metadataPatch, metadataDelete, enableVersioning,
]
