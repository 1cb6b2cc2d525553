import type { Command } from '../command.js'
import { auditCommands } from './audit/index.js'
import { authCommands } from './auth/index.js'
import { deleteCommand } from './delete.js'
import { kvCommands } from './kv/index.js'
import { listCommand } from './list.js'
import { login } from './login.js'
import { operatorCommands } from './operator/index.js'
import { patch } from './patch.js'
import { pathHelp } from './path-help.js'
import { policyCommands } from './policy/index.js'
import { printToken } from './print-token.js'
import { read } from './read.js'
import { secretsCommands } from './secrets/index.js'
import { status } from './status.js'
import { tokenCommands } from './token/index.js'
import { unwrap } from './unwrap.js'
import { version } from './version.js'
import { write } from './write.js'

/** Every command, in the order help shows them. */
export const commands: readonly Command[] = [
  read, write, deleteCommand, listCommand, patch, login, status, unwrap,
  ...kvCommands, ...tokenCommands, ...secretsCommands, ...authCommands, ...policyCommands, ...auditCommands, ...operatorCommands,
  pathHelp, printToken, version,
]

/** What a group of commands is about. */
export const groups: Readonly<Record<string, string>> = {
  kv: 'Keep and read secrets in the key/value engine.',
  'kv metadata': 'What is known about a secret beside its values.',
  token: 'Make, inspect, renew and revoke tokens.',
  secrets: 'Secrets engines: what is mounted where.',
  auth: 'Auth methods: how people and programs log in.',
  policy: 'Who may do what.',
  audit: 'Where the audit log goes.',
  operator: 'Initialise, unseal, seal and rotate; back up, restore and migrate.',
  'operator leases': 'What a restore has put off revoking.',
  'operator snapshot': 'Encrypted copies of all that is stored.',
  etcd: 'The etcd cluster that a Vault keeps its data in.',
  print: 'Print what the command line itself knows.',
}
