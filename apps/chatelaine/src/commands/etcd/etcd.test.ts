import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cli, type Io } from '@chatelaine/cli'
import { findEtcd, startCluster, type LocalCluster } from '@chatelaine/etcd-cluster'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { etcdCommands } from './index.js'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'etcd-commands-'))))
afterEach(() => rmSync(folder, { recursive: true }))

/** Runs a command line in `folder`. */
async function run(line: string, env: Record<string, string> = {}) {
  const said = { out: '', err: '' }
  const sink = (to: 'out' | 'err') => ({ write: (text: string) => void (said[to] += text) })
  const io: Io = { stdin: process.stdin, stdout: sink('out'), stderr: sink('err'), env: { ...process.env, ...env }, cwd: folder, name: 'chatelaine' }
  const code = await cli(line.split(' '), io, etcdCommands)
  return { code, ...said }
}

const everything = () => (readdirSync(folder, { recursive: true }) as string[]).sort()

/** An address that no other cluster has: etcd has to be told its ports before it starts, and those of 127.0.0.1 may be taken. */
const ownAddress = () => `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}

describe('etcd up and etcd down', () => {
  afterEach(() => run('etcd down -dir=data').then(() => undefined))

  it('start a cluster that goes on running, and stop it; started again it is the same', async () => {
    const up = `etcd up -dir=data -nodes=1 -unsafe-no-fsync -detach -address=${ownAddress()}`

    const started = await run(up)
    expect(started).toMatchObject({ code: 0, err: '' })
    expect(started.out).toContain(readFileSync(join(folder, 'data', 'storage.hcl'), 'utf8'))
    expect(started.out).toMatch(/^etcd-1 +https:\/\/127\.[\d.]+:2379 +\d+$/m)
    expect(await run('etcd status -dir=data')).toMatchObject({ code: 0, err: '' })

    expect(await run(up)).toMatchObject({ code: 0, out: expect.stringContaining('The cluster in data is running already (etcd-1)') })
    expect(await run(up.replace(' -detach', ''))).toMatchObject({ code: 1, err: expect.stringMatching(/is running \(pid \d+\): etcd down -dir=.* stops it/) })
    expect(await run('etcd down -dir=data')).toMatchObject({ code: 0, out: expect.stringContaining('Stopped.') })
    expect(await run('etcd status -dir=data')).toMatchObject({ code: 2, err: expect.stringContaining('ECONNREFUSED') })
    expect(await run('etcd down -dir=data')).toMatchObject({ code: 0, out: 'Nothing of it was running.\n' })

    expect(await run('etcd up -dir=data -unsafe-no-fsync -detach')).toMatchObject({ code: 0, err: '' })
    expect(await run('etcd up -dir=data -nodes=3 -detach')).toMatchObject({ code: 1, err: expect.stringContaining('choose another -dir') })
  })

  it('do not take a process for a node that only has its number', async () => {
    await run(`etcd up -dir=data -nodes=1 -unsafe-no-fsync -detach -address=${ownAddress()}`)
    const file = join(folder, 'data', 'etcd-1.pid')
    const [pid, began] = readFileSync(file, 'utf8').trim().split(' ')
    expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(` ${began} `)
    await run('etcd down -dir=data')

    const { writeFileSync } = await import('node:fs')
    writeFileSync(file, `${process.pid} ${began}\n`)

    expect(await run('etcd down -dir=data')).toMatchObject({ code: 0, out: 'Nothing of it was running.\n' })
  })

  it('say which port is taken, and make nothing', async () => {
    const server = createServer()
    const port = await new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)))

    const started = await run(`etcd up -dir=data -port=${port}`)

    server.close()
    expect(started).toMatchObject({ code: 1, err: expect.stringContaining(`127.0.0.1:${port} is taken by another program`) })
    expect(existsSync(join(folder, 'data'))).toBe(false)
  })

  it.each([['etcd up -nodes=0', '-nodes takes'], ['etcd up -port=65535', '-port takes'], ['etcd up -etcd=none', 'is no etcd that runs here'], ['etcd down', 'there is no cluster']])(
    'refuse "%s" with a reason and exit code 1',
    async (line, reason) => {
      expect(await run(line)).toMatchObject({ code: 1, err: expect.stringContaining(reason) })
    },
  )
})

describe('of a running cluster', () => {
  let home: string
  let cluster: LocalCluster
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'etcd-commands-cluster-'))
    const { binary } = await findEtcd()
    cluster = await startCluster({ folder: home, binary, noFsync: true })
  })
  afterAll(async () => {
    await cluster.stop()
    rmSync(home, { recursive: true })
  })

  it('etcd status shows every member as a table, and exits with 0', async () => {
    const { code, out, err } = await run(`etcd status -dir=${home}`)

    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const [i, endpoint] of cluster.endpoints.entries()) {
      expect(out).toMatch(new RegExp(`^${endpoint} +etcd-${i + 1} +[0-9a-f]+ +3\\.\\d+\\.\\d+ +(leader|follower) +\\d+ +\\d+ +\\d+ +\\S+ KiB +\\S+ KiB +none$`, 'm'))
    }
    expect(out.match(/ leader /g)).toHaveLength(1)
  })

  it('etcd status finds the other members by one, from the environment of etcdctl', async () => {
    const { caFile, certFile, keyFile } = cluster.certificates('operator')
    const env = { ETCDCTL_ENDPOINTS: (cluster.endpoints[1] ?? '').slice('https://'.length), ETCDCTL_CACERT: caFile, ETCDCTL_CERT: certFile, ETCDCTL_KEY: keyFile }

    const { code, out } = await run('etcd status -format=json', env)

    const { members } = JSON.parse(out) as { members: { endpoint: string; lag: number; raft_term: number }[] }
    expect(code).toBe(0)
    expect(members.map(({ endpoint }) => endpoint).sort()).toEqual([...cluster.endpoints].sort())
    expect(members.every(({ lag, raft_term: term }) => lag < 100 && term > 0)).toBe(true)
  })

  it('etcd status names a member that is dead and one that is frozen, and exits with 2', async () => {
    await cluster.nodes[0]?.kill()
    cluster.nodes[1]?.freeze()

    const table = await run(`etcd status -dir=${home}`)
    const json = await run(`etcd status -dir=${home} -format=json`)

    expect(table).toMatchObject({ code: 2, err: expect.stringContaining(`${cluster.endpoints[0]} does not answer: ECONNREFUSED`) })
    expect(table.err).toContain(`${cluster.endpoints[1]} does not answer: it said nothing in time`)
    expect(table.out).toMatch(new RegExp(`^${cluster.endpoints[0]} +etcd-1 +[0-9a-f]+ +- +unreachable`, 'm'))
    expect(json.code).toBe(2)
    expect(JSON.parse(json.out)).toMatchObject({ healthy: false, members: [{ reachable: false }, { reachable: false }, { reachable: true, name: 'etcd-3' }] })
    cluster.nodes[1]?.thaw()
    await cluster.nodes[0]?.start()
    await until(async () => (await run(`etcd status -dir=${home}`)).code === 0)
  })

  it('etcd bootstrap is there already, says so, and changes nothing', async () => {
    const certs = join(home, 'certs')
    const contents = () => (readdirSync(certs, { recursive: true }) as string[]).map((name) => [name, existsSync(join(certs, name, '.')) ? '' : readFileSync(join(certs, name), 'utf8')])
    const before = contents()

    const { code, out, err } = await run(`etcd bootstrap -dir=${certs} -endpoints=${cluster.endpoints.join(',')}`)

    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).not.toMatch(/^ +(made|LEFT)/m)
    expect(out).toContain('  there  role chatelaine may readwrite on /chatelaine/*\n')
    expect(out).toContain('storage "etcd" {')
    expect(contents()).toEqual(before)
  })

  it('etcd bootstrap adds another prefix only when it is no dry run', async () => {
    const line = `etcd bootstrap -dir=${join(home, 'certs')} -endpoints=${cluster.endpoints.join(',')} -prefix=/other/`

    for (const state of ['would make', 'would make'] as const) expect((await run(`${line} -dry-run`)).out).toContain(`  ${state}  role chatelaine may readwrite on /other/*\n`)
    expect((await run(line)).out).toContain('  made   role chatelaine may readwrite on /other/*\n')
    expect((await run(line)).out).toMatch(/ {2}LEFT {3}role chatelaine also may readwrite on \/chatelaine\/\* {2}\(.*\)\n/)
  })
})

describe('etcd bootstrap', () => {
  it('makes certificates before there is an etcd, and shows how a member is told of them', async () => {
    const { code, out } = await run('etcd bootstrap -certs-only -node=etcd-1=10.0.0.1/etcd-1.example -node=10.0.0.2')

    expect(code).toBe(0)
    expect(out).toContain('  made   server certificate of etcd-1  (nodes/etcd-1/server.crt)\n')
    expect(out).toContain(`  --peer-trusted-ca-file=${join(folder, 'certs', 'peer-ca.crt')}\n`)
    expect(everything()).toEqual(expect.arrayContaining(['certs/ca.crt', 'certs/users/chatelaine.key', 'certs/nodes/10.0.0.2/peer.crt']))
    expect((await run('etcd bootstrap -certs-only')).out).not.toMatch(/^ +made/m)
  })

  it('says in a dry run what it would do, also of what it cannot ask, and does nothing', async () => {
    const { code, out, err } = await run('etcd bootstrap -endpoints=https://127.0.0.1:1 -dry-run')

    expect(code).toBe(0)
    expect(out).toContain('  would make  CA of clients and servers  (ca.crt)\n')
    expect(out).toContain('  would make  auth on: nobody does anything without a user\n')
    expect(out).toContain('This was a dry run: nothing was changed.')
    expect(err).toContain('etcd was not asked')
    expect(everything()).toEqual([])
  })

  it('says who does not answer and what to do then, and keeps the certificates', async () => {
    const { code, err } = await run('etcd bootstrap -endpoints=https://127.0.0.1:1')

    expect(code).toBe(1)
    expect(err).toContain('no member of etcd answers (https://127.0.0.1:1 does not answer: ECONNREFUSED)')
    expect(everything()).toContain('certs/users/root.crt')
  })

  it.each([
    ['', 'where is etcd?'],
    [' -endpoints=http://127.0.0.1:1', 'has no TLS'],
    [' -endpoints=https://127.0.0.1:1 -prefix=/', 'is no prefix'],
    [' -endpoints=https://127.0.0.1:1 -prefix=/a/../b', 'is no prefix'],
    [' -certs-only -node=../up', 'is no node'],
    [' -certs-only -ca-key=ca.key', '-ca-key needs -ca-cert'],
    [' -certs-only -ca-cert=none.crt', 'ENOENT'],
  ])('refuses "etcd bootstrap%s" and makes nothing', async (flags, reason) => {
    expect(await run(`etcd bootstrap${flags}`)).toMatchObject({ code: 1, err: expect.stringContaining(reason) })
    expect(everything().filter((name) => name !== 'certs')).toEqual([])
  })
})

describe('etcd status', () => {
  it.each([['', 'where is etcd?'], [' -endpoints=https://127.0.0.1:1', 'etcd asks for a certificate'], [' -endpoints=https://127.0.0.1:1 -dir=none', 'cannot read']])(
    'as "etcd status%s" cannot be asked, and exits with 1',
    async (flags, reason) => {
      expect(await run(`etcd status${flags}`)).toMatchObject({ code: 1, err: expect.stringContaining(reason) })
    },
  )
})
