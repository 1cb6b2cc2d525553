import { parsePolicy } from '@chatelaine/core'
import { format } from '@chatelaine/hcl'

/** The text of a policy, laid out evenly. What this server would not take as a policy is refused, with its place. */
export function layOutPolicy(text: string): string {
  parsePolicy('policy', text)
  return format(text)
}
