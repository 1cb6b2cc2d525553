import { isRecord, type Answer } from '@chatelaine/client'
import { stringifyJson } from '@chatelaine/sdk'
import type { Format, Settings } from '../config/settings.js'
import { CliError } from '../errors.js'
import type { Io } from '../io.js'
import { goText } from './go-text.js'
import { envelopeOf } from './envelope.js'
import { prettyJson } from './json.js'
import { dataRows, fieldOf, secretRows } from './secret.js'
import { table } from './table.js'

/** Answers to standard output, everything else to standard error, in the format the user chose. */
export interface Printer {
  readonly format: Format
  line(text: string): void
  /** A sentence for people: left out where the output is for programs. */
  success(text: string): void
  warn(text: string): void
  error(text: string): void
  /** What the server warned of, for people: a program finds it in the answer. */
  warnings(answer: Answer): void
  /** An answer whole: table, JSON envelope, YAML, or the one field asked for. */
  secret(answer: Answer): void
  /** An answer, or the sentence where it holds nothing. */
  secretOr(answer: Answer, sentence: string): void
  /** Fields that are not an answer. `rows`, where given, is how they look in a table. */
  data(value: Readonly<Record<string, unknown>>, rows?: readonly (readonly string[])[]): void
  /** Any value; `shown` is its form for people. */
  value(value: unknown, shown: () => string): void
}

export type Look = Pick<Settings, 'format' | 'field' | 'colour'>

/** `yamlText` is only needed for its format; `loadYaml` fetches it then. */
export function printer({ format, field, colour }: Look, { stdout, stderr }: Io, yamlText: (value: unknown) => string = prettyJson): Printer {
  const line = (text: string) => void stdout.write(`${text}\n`)
  const tinted = (code: number, text: string) => void stderr.write(colour ? `\u001b[${code}m${text}\u001b[0m\n` : `${text}\n`)
  const warn = (text: string) => tinted(33, text)

  const warnings = (answer: Answer) => void (format === 'table' && answer.warnings.length && warn(warningText(answer.warnings)))

  // A pipe gets the value and nothing else; a terminal gets its line ended.
  const raw = (found: unknown) => {
    if (found === undefined || found === null) throw CliError.noField({ field: field ?? '' })
    const texts: Partial<Record<Format, () => string>> = { json: () => prettyJson(found), yaml: () => yamlText(found), pretty: () => '' }
    const text = (texts[format] ?? (() => goText(found)))()
    stdout.write(text + (stdout.isTTY && !text.endsWith('\n') ? '\n' : ''))
  }

  const value = (given: unknown, shown: () => string) => {
    if (field !== undefined) return raw(isRecord(given) ? given[field] : undefined)
    if (format === 'pretty') throw CliError.noPretty()
    if (format === 'json') line(prettyJson(given))
    else if (format === 'yaml') stdout.write(yamlText(given))
    else line(shown())
  }

  const secret = (answer: Answer) => {
    if (field !== undefined) return raw(fieldOf(answer, field))
    if (format === 'raw') return line(typeof answer.body === 'string' ? answer.body.trimEnd() : stringifyJson(answer.body))
    warnings(answer)
    if (typeof answer.body === 'string') return line(answer.body.trimEnd())
    const rows = secretRows(answer)
    if (format !== 'table' || rows.length) value(envelopeOf(answer), () => table([['Key', 'Value'], ...rows]))
  }

  const secretOr = (answer: Answer, sentence: string) => {
    if (answer.status !== 204 && answer.body !== undefined) return secret(answer)
    if (format === 'table') line(sentence)
  }

  return {
    format, line, warn, value, secret, warnings, secretOr,
    success: (text) => void (format === 'table' && field === undefined && line(text)),
    error: (text) => tinted(31, text),
    data: (fields, rows) => value(fields, () => table([['Key', 'Value'], ...(rows ?? dataRows(fields))])),
  }
}

const warningText = (warnings: readonly string[]) =>
  `WARNING! The following warnings were returned from Vault:\n\n${warnings.map((one) => `  * ${one}\n`).join('\n')}`

/** The YAML library takes longer to load than most commands to run, so it comes only when it was asked for. */
export const loadYaml = async (format: Format): Promise<((value: unknown) => string) | undefined> =>
  format === 'yaml' ? (await import('./yaml.js')).yamlText : undefined
