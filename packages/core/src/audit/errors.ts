import { defineErrors } from '@chatelaine/sdk'

/** What auditing refuses. `failed` says nothing of the reason: whoever asks must not learn which log is broken. */
export const AuditError = defineErrors('audit', {
  failed: { status: 500, text: () => 'internal error' },
  timedOut: { status: 500, text: () => 'the audit device did not answer in time' },
  stuck: { status: 500, text: () => 'the audit device has not finished an earlier record' },
  closed: { status: 500, text: () => 'the audit device is closed' },
  unknownDevice: { status: 400, text: () => 'unknown audit backend' },
  unknownType: { status: 400, text: (d: { known: readonly string[] }) => `unknown backend type: this server has ${d.known.join(', ')}` },
  pathInUse: { status: 400, text: () => 'path already in use' },
  badPath: {
    status: 400,
    text: () => 'an audit path is one or more names of letters, digits, ".", "_" and "-", with slashes between',
  },
  badOption: {
    status: 400,
    text: (d: { option: string; wanted: string }) => `option "${d.option}" must be ${d.wanted}`,
  },
  cannotWrite: {
    status: 400,
    text: (d: { type: string }) => `the ${d.type} audit device could not be opened and written to; it was not enabled`,
  },
  badHeader: { status: 400, text: () => 'not the name of a header' },
})
