import { Type as T } from 'typebox'
import type { Client } from './client.js'
import { engine, path } from './engine.js'
import { defineErrors } from './errors.js'

const E = defineErrors('check', { plain: { status: 400, text: () => 'plain' }, told: { status: 400, text: (d: { n: number }) => `${d.n}` } })
void E.plain()
void E.told({ n: 1 }, { cause: new Error() })
// @ts-expect-error the fact is missing
void E.told()
// @ts-expect-error plain carries no facts
void E.plain({ n: 1 })
// @ts-expect-error no such failure
void E.other()

const sample = engine({
  type: 'sample',
  help: '',
  paths: [
    path('data/{path+}', '')
      .read({ summary: '', input: T.Object({ version: T.Optional(T.Integer()) }), output: T.Object({ a: T.String() }), handle: async ({ params }) => ({ a: params.path }) })
      .write({ summary: '', input: T.Object({ data: T.String() }), handle: async () => undefined }),
  ],
})
declare const client: Client<typeof sample>
const read: Promise<{ a: string } | undefined> = client.read('data/{path+}', { path: 'x' })
void read
void client.write('data/{path+}', { path: 'x' }, { data: 'y' })
// @ts-expect-error no such path
void client.read('data', {})
// @ts-expect-error the parameter is missing
void client.read('data/{path+}', {})
// @ts-expect-error the input is missing
void client.write('data/{path+}', { path: 'x' })
// @ts-expect-error the input has another type
void client.write('data/{path+}', { path: 'x' }, { data: 1 })
// @ts-expect-error it does not list
void client.list('data/{path+}', { path: 'x' })
