import { expect, it } from 'vitest'
import { envelope } from './envelope.js'

const requestId = 'r'

it('has every field a client may look for, null where there is nothing', () => {
  expect(JSON.parse(envelope({ requestId, status: 200, data: { a: 1 } }) ?? '')).toEqual({
    request_id: 'r', lease_id: '', renewable: false, lease_duration: 0, data: { a: 1 }, wrap_info: null, warnings: null, auth: null,
  })
})

it('says nothing when there is nothing to say', () => {
  expect(envelope({ requestId, status: 204 })).toBeUndefined()
  expect(envelope({ requestId, status: 204, warnings: [] })).toBeUndefined()
})

it('copies data to the top where clients expect it, without losing an envelope field to it', () => {
  const text = envelope({ requestId, status: 200, form: 'legacy', data: { keys: ['a'], data: 'mine', request_id: 'mine' } })

  expect(JSON.parse(text ?? '')).toMatchObject({ keys: ['a'], data: { keys: ['a'], data: 'mine' }, request_id: 'r' })
})

it('gives bare and verbatim answers as they are', () => {
  expect(envelope({ requestId, status: 200, form: 'bare', data: { sealed: true } })).toBe('{"sealed":true}')
  expect(envelope({ requestId, status: 200, data: { a: 1 }, verbatim: '{"b":1.0}' })).toBe('{"b":1.0}')
})
