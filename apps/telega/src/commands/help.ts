import { Type as T } from 'typebox'
import { command, usage, type Command } from '../command.js'

/** Built from the other commands' declarations, so that it cannot forget one. */
export const help = (others: () => readonly Command[]) =>
  command({
    name: 'help',
    summary: 'What can be asked.',
    args: T.Object({}),
    handle: async () => ['You can ask:', ...others().map(usage)].join('\n'),
  })
