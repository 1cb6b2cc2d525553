/** Seconds as people say them, with the exact number where that is another. */
export function duration(seconds: number): string {
  const units = [[86_400, 'day'], [3600, 'hour'], [60, 'minute']] as const
  const exact = `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`
  const [size, name] = units.find(([size]) => seconds >= 2 * size || seconds === size) ?? [1, '']
  if (size === 1) return exact
  const count = Math.round(seconds / size)
  return `${exact} (${count} ${name}${count === 1 ? '' : 's'})`
}
