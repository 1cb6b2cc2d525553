import type { Client } from '@chatelaine/sdk'
import type { kvV1 } from '../v1/index.js'
import type { kvV2 } from './index.js'

declare const secret: Client<typeof kvV2>
declare const plain: Client<typeof kvV1>

type Info = {
  version: number
  created_time: string
  deletion_time: string
  destroyed: boolean
  custom_metadata: Record<string, string> | null
}

// what must compile
const read: Promise<{ data: Record<string, unknown> | null; metadata: Info } | undefined> =
  secret.read('data/{path+}', { path: 'x' }, { version: 1 })
const written: Promise<Info | undefined> =
  secret.write('data/{path+}', { path: 'x' }, { data: { a: 1 }, options: { cas: 0 } })
void read
void written
void secret.read('data/{path+}', { path: 'x' }).then((r) => r?.data?.['a'])
void secret.list('metadata/{path*}', { path: '' }, { after: 'a', limit: 1 }).then((r) => r?.keys.map((k) => k.length))
void secret.read('metadata/{path+}', { path: 'x' }).then((r) => r?.versions['1']?.destroyed)
void secret.patch('metadata/{path+}', { path: 'x' }, { custom_metadata: { a: null }, max_versions: null })
void secret.read('subkeys/{path+}', { path: 'x' }, { depth: 1 }).then((r) => r?.metadata.version)
void secret.write('destroy/{path+}', { path: 'x' }, { versions: [1, 2] })
void secret.read('config', {}).then((r) => r?.delete_version_after.length)
void plain.write('{path+}', { path: 'x' }, { anything: true })

// what must not
// @ts-expect-error no such path
void secret.read('dato/{path+}', { path: 'x' })
// @ts-expect-error a listing is not read
void secret.read('metadata/{path*}', { path: 'x' })
// @ts-expect-error the parameter is `path`
void secret.read('data/{path+}', { name: 'x' })
// @ts-expect-error a write needs input
void secret.write('data/{path+}', { path: 'x' })
// @ts-expect-error the secret stands under `data`
void secret.write('data/{path+}', { path: 'x' }, { api_id: 1 })
// @ts-expect-error version is a number
void secret.read('data/{path+}', { path: 'x' }, { version: 'one' })
// @ts-expect-error a deleted version has no data
void secret.read('data/{path+}', { path: 'x' }).then((r) => r?.data['a'])
// @ts-expect-error version 1 cannot patch
void plain.patch('{path+}', { path: 'x' }, {})
