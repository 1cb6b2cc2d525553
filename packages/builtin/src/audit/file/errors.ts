import { defineErrors } from '@chatelaine/sdk'

/** Why a file cannot be an audit log. `reason` is the system's code (ENOENT, EACCES, …), never its message. */
export const AuditFileError = defineErrors('audit-file', {
  missingPath: { status: 400, text: () => 'file_path is required' },
  unknownOption: {
    status: 400,
    text: (d: { option: string }) => `unknown option "${d.option}" for a file audit device`,
  },
  relativePath: { status: 400, text: () => 'file_path must be absolute and without "." or ".." in it' },
  badMode: {
    status: 400,
    text: () =>
      'mode must be octal, as in "0600", and may not make the log executable or writable for everyone; ' +
      '"0000" leaves it as it is',
  },
  outside: { status: 400, text: () => 'this server only writes audit logs to the directories its configuration names' },
  notALog: { status: 400, text: () => 'file_path must name a regular file, not a link to one, that is not executable' },
  unusable: { status: 400, text: (d: { reason: string }) => `the file could not be opened for writing: ${d.reason}` },
  closed: { status: 500, text: () => 'the audit file is closed' },
})
