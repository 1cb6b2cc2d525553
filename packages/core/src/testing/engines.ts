import { decodeRecord, defineErrors, encodeRecord, engine, path, reply, type Grant } from '@chatelaine/sdk'
import { Type as T } from 'typebox'

export const NotesError = defineErrors('notes', { odd: { status: 400, text: () => 'that is no note' } })

const notesOf = (version: '1' | '2') =>
  [
    path('{path*}', 'A note.')
      .read({
        summary: 'Read it.',
        output: T.Record(T.String(), T.Unknown()),
        handle: async ({ params, storage }) => {
          const found = await storage.get(params.path)
          return found && reply({ data: { ...decodeRecord<object>(found.value), version } })
        },
      })
      .list({ summary: 'List notes.', output: T.Object({ keys: T.Array(T.String()) }), handle: async ({ params, storage }) => reply({ data: { keys: await storage.list(params.path && `${params.path}/`) } }) })
      .write({
        summary: 'Write it.',
        input: T.Record(T.String(), T.Unknown()),
        exists: async ({ params, storage }) => {
          if (params.path.includes('odd')) throw NotesError.odd()
          return (await storage.get(params.path)) !== undefined
        },
        handle: async ({ params, storage, input }) => void (await storage.commit([{ put: params.path, value: encodeRecord(input) }])),
      })
      .delete({ summary: 'Delete it.', handle: async ({ params, storage }) => void (await storage.commit([{ remove: params.path }])) }),
  ] as const

/** The smallest engine there is, in two versions, of which the second takes over what the first one left. */
export const notes = engine({ type: 'notes', version: '1', help: 'Notes.', paths: notesOf('1') })

export const notes2 = engine({
  type: 'notes',
  version: '2',
  help: 'Notes, second edition.',
  paths: notesOf('2'),
  async upgrade({ storage }, from) {
    await storage.commit([{ put: 'upgraded', value: encodeRecord({ from }) }])
  },
})

/** An auth method that lets in whoever comes, with the grant they ask for, and misbehaves on request. */
export const door = engine({
  type: 'door',
  help: 'Lets anybody in.',
  paths: [
    path('login', 'Come in.', { unauthenticated: true }).write({
      summary: 'Come in.',
      input: T.Record(T.String(), T.Unknown()),
      output: T.Object({ errors: T.Array(T.String()) }),
      answers: { gives: 'auth', statusChosen: true },
      handle: async ({ input }) => {
        const { status, ...grant } = input as { status?: number } & Partial<Grant>
        return reply({ grant: { displayName: 'somebody', policies: [], ...grant }, ...(status !== undefined && { status, data: { errors: ['no'] } }) })
      },
    }),
  ],
})
