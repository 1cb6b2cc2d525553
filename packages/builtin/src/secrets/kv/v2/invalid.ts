import { path, reply, RequestError, type Operation } from '@chatelaine/sdk'
import type { TObject } from 'typebox'

const roots = ['data', 'metadata', 'delete', 'undelete', 'destroy', 'subkeys']

/** The rest of the mount: somebody who takes it for version 1 is told so. Must stand after every other path. */
export const invalid = path('{path*}', 'Not a path of a versioned mount.', { undocumented: true })
  .read(refusal('get'))
  .list(refusal('list'))
  .write(refusal('put'))
  .patch(refusal('patch'))
  .delete(refusal('delete'))

function refusal(command: string): Operation<{ readonly path: string }, TObject<{}>, TObject<{}>> {
  return {
    summary: `Refused: the paths of this mount begin with ${roots.join('/, ')}/.`,
    answers: { statuses: [404] },
    async handle({ params }) {
      const [root = '', ...rest] = params.path.split('/')
      const bare = rest.join('') === ''
      // The path is one of ours, so only the verb can be wrong.
      const ours = roots.includes(root) ? !bare || command === 'list' : params.path === 'config'
      if (ours) throw RequestError.unsupportedOperation()
      return reply({ status: 404, warnings: [roots.includes(root) ? rootWarning : pathWarning(command)] })
    },
  }
}

const rootWarning = 'Non-listing operations on the root of a K/V v2 mount are not supported.'

const pathWarning = (command: string) =>
  'Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. ' +
  `If using the Vault CLI, use 'vault kv ${command}' for this operation.`
