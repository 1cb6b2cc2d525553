export interface Words {
  /** Only faults that have it in their name; several with commas between. */
  readonly word: string
  /** A file for everything that was found. */
  readonly json: string | undefined
  readonly seed: number | undefined
  readonly minutes: number | undefined
}

/** What `npm run robustness -- …` was told. Throws when it makes no sense. */
export function wordsIn(argv: readonly string[]): Words {
  const flags = new Map(argv.filter((word) => word.startsWith('-')).map((word) => [word.split('=')[0]?.replace(/^-+/, '') ?? '', word.split('=')[1] ?? ''] as const))
  const [word = '', json] = argv.filter((one) => !one.startsWith('-'))
  for (const name of flags.keys()) if (!['seed', 'minutes'].includes(name)) throw new Error(`-${name} is unknown; there are -seed=N and -minutes=M`)
  const number = (name: string) => {
    const given = flags.get(name)
    if (given === undefined) return undefined
    if (given === '' || !(Number(given) >= 0)) throw new Error(`-${name} needs a number, as in -${name}=5`)
    return Number(given)
  }
  return { word, json, seed: number('seed'), minutes: number('minutes') }
}
