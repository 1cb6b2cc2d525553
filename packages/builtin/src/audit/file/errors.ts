import { defineErrors } from '@chatelaine/sdk'

/** Why a file cannot be an audit log. `reason` is the system's code (ENOENT, EACCES, …), never its message. */
export const AuditFileError = defineErrors('audit-file', {
  missingPath: { status: 400, text: () => 'file_path is required' },
  unknownOption: {
    status: 400,
    text: () => 'a file audit device knows the options file_path, mode, format, prefix, hmac_accessor, log_raw and elide_list_responses',
  },
  relativePath: { status: 400, text: () => 'file_path must be absolute and without "." or ".." in it' },
  oddPath: {
    status: 400,
    text: () => 'file_path may consist of letters, digits, spaces and . _ - + @ : = , % between its slashes: a log of another name could mean something to a shell',
  },
  useStdout: { status: 400, text: () => 'file_path must name a regular file; for the standard output say file_path=stdout' },
  badMode: {
    status: 400,
    text: () =>
      'mode must be octal, as in "0600" or "0640": readable and writable for the owner, writable for nobody else, executable for nobody; ' +
      '"0000" leaves it as it is',
  },
  outside: {
    status: 400,
    text: () => 'this server only writes audit logs to the folders that audit_file_folders in its configuration names; choose a path below one of them, or add one',
  },
  hidden: {
    status: 400,
    text: () => 'file_path may have no name that begins with a dot: programs read such files; choose another, or name the folder in audit_file_folders in the configuration',
  },
  systemFolder: {
    status: 400,
    text: () => 'file_path lies in a folder of the operating system; choose another, or name the folder in audit_file_folders in the configuration',
  },
  openFolder: {
    status: 400,
    text: () =>
      "the folder of file_path must belong to the server's user or to root, and nobody else may write to it; change that, choose another, or name the folder in audit_file_folders in the configuration",
  },
  ours: { status: 400, text: () => 'file_path names something that the configuration of this server uses for another purpose; choose another path' },
  notALog: { status: 400, text: () => 'file_path must name a regular file, not a link to one, that is not executable' },
  notOurLog: {
    status: 400,
    text: () => "file_path names a file that is there already and is no audit log, or does not belong to the server's user alone; choose a new name, or remove that file",
  },
  unusable: { status: 400, text: (d: { reason: string }) => `the file could not be opened for writing: ${d.reason}` },
  closed: { status: 500, text: () => 'the audit file is closed' },
})
