/** An answer, or `lost` where the connection ended first: then the request may have been done, or not. */
export type Heard = { readonly status: number; readonly body: Record<string, any> } | 'lost'

export interface Question {
  readonly method?: string
  readonly path: string
  readonly token?: string | undefined
  readonly input?: object
}

/** Asks a server once, without a client that would try again. */
export async function ask(url: string, { method, path, token, input }: Question): Promise<Heard> {
  try {
    const answer = await fetch(`${url}/v1/${path}`, {
      method: method ?? (input ? 'POST' : 'GET'),
      headers: token ? { 'X-Vault-Token': token } : {},
      body: input ? JSON.stringify(input) : null,
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, any>) }
  } catch (error) {
    if (error instanceof TypeError) return 'lost'
    throw error
  }
}

/** The answer to a question that must be answered. */
export async function mustAsk(url: string, question: Question): Promise<Exclude<Heard, 'lost'>> {
  const heard = await ask(url, question)
  if (heard === 'lost') throw new Error(`no answer to ${question.path}`)
  return heard
}
