import type { Page, Storage } from '@chatelaine/sdk'
import { Type as T, type Static } from 'typebox'
import { KvError } from './errors.js'

export const ListInput = T.Object({
  after: T.Optional(T.String({ description: 'Begin after this name, which need not exist.' })),
  limit: T.Optional(T.Integer({ description: 'How many names at most; all of them if left out.' })),
})

export const Names = T.Object({ keys: T.Array(T.String(), { description: 'A name that ends in a slash holds more.' }) })

/** The names directly under `folder`, which storage keeps in order under `root`. Undefined when there are none. */
export async function listNames(
  storage: Storage,
  root: string,
  folder: string,
  { after, limit = 0 }: Static<typeof ListInput>,
): Promise<Static<typeof Names> | undefined> {
  const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`
  const page: Page = { after, limit: limit > 0 ? limit : undefined }
  const keys = await storage.list(root + prefix, page)
  return keys.length > 0 ? { keys } : undefined
}

/** A name that ends in a slash would be a folder in every listing. */
export function refuseFolder(path: string): void {
  if (path.endsWith('/')) throw KvError.folder()
}
