import { path, reply, Pairs } from '@chatelaine/sdk'
import { Type as T } from 'typebox'
import type { SysContext } from './context.js'

/** `sys/audit`: where requests and answers are written down. */
export const auditPaths = ({ audit }: SysContext) => [
  path('audit', 'The audit devices.', { sudo: true }).read({
    summary: 'List audit devices.',
    handle: async () => reply({ data: await audit.list(), form: 'legacy' }),
  }),
  path('audit/{path+}', 'An audit device.', { sudo: true, forms: { path: 'bare-path' } })
    .write({
      summary: 'Enable an audit device.',
      input: T.Object({
        type: T.String({ description: 'file.' }),
        description: T.Optional(T.String({ description: 'A sentence for people.' })),
        options: T.Optional(Pairs({ known: audit.options, description: "The device's own options." })),
        local: T.Optional(T.Boolean({ description: 'Accepted; there is no replication.' })),
      }),
      handle: async ({ params, input }) => {
        const { type, description = '', options = {}, local = false } = input
        await audit.enable(params.path, { type, description, options, local })
        return undefined
      },
    })
    .delete({ summary: 'Disable an audit device.', handle: async ({ params }) => void (await audit.disable(params.path)) }),
  path('audit-hash/{path+}', 'How a value stands in the audit log.', { forms: { path: 'bare-path' } }).write({
    summary: 'The hash an audit device writes for a value.',
    input: T.Object({ input: T.String({ description: 'The value.' }) }),
    handle: async ({ params, input }) => reply({ data: { hash: await audit.hash(params.path, input.input) }, form: 'legacy' }),
  }),
  path('config/auditing/request-headers', 'The request headers that are audited.', { sudo: true }).read({
    summary: 'List them.',
    handle: async () => reply({ data: { headers: await audit.headers() }, form: 'legacy' }),
  }),
  path('config/auditing/request-headers/{name}', 'A request header that is audited.', { sudo: true, forms: { name: 'lower-case' } })
    .read({
      summary: 'Read how it is audited.',
      handle: async ({ params: { name } }) => {
        const headers = await audit.headers()
        const found = Object.hasOwn(headers, name) ? headers[name] : undefined
        return found && reply({ data: { [name]: found }, form: 'legacy' })
      },
    })
    .write({
      summary: 'Write it to the audit log.',
      input: T.Object({ hmac: T.Boolean({ default: false, description: 'Hash its value.' }) }),
      handle: async ({ params, input }) => void (await audit.setHeader(params.name, { hmac: input.hmac })),
    })
    .delete({ summary: 'Leave it out.', handle: async ({ params }) => void (await audit.setHeader(params.name, undefined)) }),
]
