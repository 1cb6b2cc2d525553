import { resolve } from 'node:path'
import { command, text, type Command } from '@chatelaine/cli'

export const etcdDownCommand: Command = command({
  name: 'etcd down',
  summary: 'Stop a cluster that etcd up left running. Its data stays.',
  flags: { dir: text('The folder that was given to etcd up; ./etcd-data.', 'path') },
  examples: [['Stop what etcd up -detach started here:', 'etcd down']],
  doing: 'stopping etcd',
  async run({ flags, io }) {
    const { down } = await import('@chatelaine/etcd-cluster')
    const say = (line: string) => void io.stdout.write(`${line}\n`)
    const stopped = await down(resolve(io.cwd, flags.dir ?? './etcd-data'), (nodes) =>
      say(`Stopping ${nodes.join(', ')}. etcd may take up to ten seconds to end by itself.`),
    )
    say(stopped.length > 0 ? 'Stopped.' : 'Nothing of it was running.')
  },
})
