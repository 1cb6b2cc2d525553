import { randomBytes } from 'node:crypto'
import { type Document } from '@mtcute/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ALICE, BOB, town, type Town } from '../testing/clients.js'

let place: Town
beforeEach(async () => void (place = await town()))
afterEach(() => place.close())

async function sent(bytes: Uint8Array) {
  const [alice, bob] = [await place.login(ALICE.phone), await place.login(BOB.phone)]
  const came = new Promise<Document>((resolve) => {
    bob.onNewMessage.add(({ media }) => void (media?.type === 'document' && resolve(media)))
  })
  await bob.startUpdatesLoop()
  await alice.sendMedia(BOB.username, { type: 'document', file: bytes, fileName: 'answer.txt', fileMime: 'text/plain', caption: 'here' })
  return { alice, bob, document: await came }
}

describe('files', () => {
  it.each([['small', 10], ['of several parts', 300_000], ['big', 11 * 1024 * 1024]])('that are %s arrive as they were sent', async (_, size) => {
    const bytes = randomBytes(size)

    const { bob, document } = await sent(bytes)

    expect(document).toMatchObject({ fileName: 'answer.txt', mimeType: 'text/plain', fileSize: size })
    expect(Buffer.compare(await bob.downloadAsBuffer(document), bytes)).toBe(0)
    expect([...place.sandbox.unknownMethods]).toEqual([])
  })

  it('are the same file when they are sent on, and fetched by nobody with another hash', async () => {
    const { bob, document } = await sent(Buffer.from('hello'))

    const again = await bob.sendMedia('me', document.fileId)
    expect(Buffer.from(await bob.downloadAsBuffer(again.media as Document)).toString()).toBe('hello')

    const location = { ...document.inputDocument, _: 'inputDocumentFileLocation' as const, accessHash: document.inputDocument.accessHash.add(1), thumbSize: '' }
    const stolen = bob.call({ _: 'upload.getFile', location: location as never, offset: 0, limit: 4096 })
    await expect(stolen).rejects.toMatchObject({ text: 'LOCATION_INVALID' })
  })

  it('are refused while parts are missing', async () => {
    const alice = await place.login(ALICE.phone)
    const { id } = (await sent(Buffer.from('x'))).document.inputDocument
    const file = { _: 'inputFile' as const, id, parts: 1, name: 'x', md5Checksum: '' }
    const media = { _: 'inputMediaUploadedDocument' as const, file, mimeType: 'text/plain', attributes: [] }

    const failed = alice.call({ _: 'messages.sendMedia', peer: { _: 'inputPeerSelf' }, media, message: '', randomId: id })
    await expect(failed).rejects.toMatchObject({ text: expect.stringMatching(/^FILE_PART_.*MISSING$/) })
  })
})

describe('a refusal that a test asks for', () => {
  it('meets the named method once, with the error named', async () => {
    const alice = await place.login(ALICE.phone)
    place.sandbox.refuseNext({ method: 'users.getUsers', code: 401, text: 'USER_DEACTIVATED_BAN' })

    await expect(alice.getMe()).rejects.toMatchObject({ code: 401, text: 'USER_DEACTIVATED_BAN' })
    expect((await alice.getMe()).id).toBe(place.alice)
  })
})
