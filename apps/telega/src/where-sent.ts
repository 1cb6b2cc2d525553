import type { tl } from '@mtcute/core'

/** Telegram's own texts are shown as they are, but for what a terminal would obey. */
const plain = (text: string) => text.replace(/\p{C}/gu, '').slice(0, 200)

type By = tl.auth.TypeSentCodeType

/** Where to look for the code. Each way that Telegram has is named; one that came later is told as such. */
export function whereSent({ type, timeout }: tl.auth.RawSentCode): string {
  const within = timeout === undefined ? '' : ` If none comes within ${timeout} seconds, end this with Ctrl-C and begin again.`
  return `Telegram has sent you a code${way(type)}.${within}`
}

function way(type: By): string {
  switch (type._) {
    case 'auth.sentCodeTypeApp': return ' as a message in the Telegram app, on a device where this account is logged in'
    case 'auth.sentCodeTypeSms':
    case 'auth.sentCodeTypeFirebaseSms': return ' by SMS'
    case 'auth.sentCodeTypeSmsWord': return ` by SMS: it is a word${beginning(type.beginning)}`
    case 'auth.sentCodeTypeSmsPhrase': return ` by SMS: it is a phrase${beginning(type.beginning)}`
    case 'auth.sentCodeTypeCall': return ' by a phone call, in which it is read to you'
    case 'auth.sentCodeTypeFlashCall': return ' by a phone call that you need not take: the code is the number that calls'
    case 'auth.sentCodeTypeMissedCall': return ` by a phone call that you need not take: the code is the last ${type.length} digits of the number that calls, which begins with ${plain(type.prefix)}`
    case 'auth.sentCodeTypeEmailCode': return ` by e-mail to ${plain(type.emailPattern)}`
    case 'auth.sentCodeTypeFragmentSms': return ` to your anonymous number; it is shown at ${plain(type.url)}`
    default: return ' in a way that this version does not know: look into the Telegram app, your SMS and your e-mail'
  }
}

const beginning = (given: string | undefined) => (given ? ` that begins with "${plain(given)}"` : '')
