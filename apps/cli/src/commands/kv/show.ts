import { isRecord, type Answer, type Data } from '@chatelaine/client'
import type { Settings } from '../../config/settings.js'
import { CliError } from '../../errors.js'
import type { Printer } from '../../output/printer.js'
import { answerFields, dataRows } from '../../output/secret.js'
import { heading, headingOver, table } from '../../output/table.js'

/** `== Secret Path ==` over the address, as Vault prints it before what it found there. */
export function showPath(path: string, title: string, print: Printer): void {
  print.line(heading(title, path.length))
  print.line(`${path}\n`)
}

/** One titled table. */
export function showTable(title: string, data: Data, print: Printer): void {
  print.line(headingOver(title, data))
  print.line(table([['Key', 'Value'], ...dataRows(data)]))
}

/** Whether sections for people are wanted, rather than JSON, YAML or one field. */
export const forPeople = (print: Printer, { field }: Settings): boolean => print.format === 'table' && field === undefined

/** A secret as it was read. `-field` looks into its data; a version that was deleted has only metadata. */
export function showSecret(answer: Answer, path: string, versioned: boolean, { print, settings }: { print: Printer; settings: Settings }): void {
  const { data = {} } = answer
  const inner = versioned ? (isRecord(data['data']) ? data['data'] : undefined) : data
  if (answer.wrapInfo || (settings.field !== undefined && !versioned)) return print.secret(answer)
  if (settings.field !== undefined) return print.data(fieldsOf(answer, inner ?? missing(path)))
  if (!forPeople(print, settings)) return print.secret(answer)
  print.warnings(answer)
  if (versioned) showPath(path, 'Secret Path', print)
  if (versioned && isRecord(data['metadata'])) {
    showTable('Metadata', data['metadata'], print)
    print.line('')
  }
  if (inner) showTable('Data', inner, print)
}

function missing(path: string): never {
  throw CliError.nothing({ sentence: `No data found at ${path}` })
}

/** What `-field` may ask for: a value of the secret, `data` for all of them, or a field of the answer around them. */
const fieldsOf = (answer: Answer, inner: Data): Data => ({ ...answerFields(answer), data: inner, ...inner })

/** What a write to a versioned secret answers: the metadata of the version it made. */
export function showWritten(answer: Answer, path: string, { print, settings }: { print: Printer; settings: Settings }): void {
  if (!answer.data || !forPeople(print, settings)) return print.secretOr(answer, `Success! Data written to: ${path}`)
  print.warnings(answer)
  showPath(path, 'Secret Path', print)
  showTable('Metadata', answer.data, print)
}
