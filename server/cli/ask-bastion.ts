import type { Result } from '../core/result.ts'

/** Answers take 16 KB at most; what is longer comes from something else. */
const MOST_BYTES = 64 * 1024
const ANSWER_WITHIN_MS = 30_000

/** `body` null asks with GET. The fault is the bastion's own sentence where it has one. */
export async function askBastion(url: URL, body: object | null): Promise<Result<unknown, string>> {
  let response: Response
  let text: string
  try {
    response = await fetch(url, {
      ...(body === null ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json' },
      // The token must not go on to wherever somebody points.
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    text = await boundedText(response)
  } catch (error) {
    // The network's failure; fetch says why in the cause.
    const why = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const said = why instanceof Error ? why.message : String(why)
    return no(`${url.origin} cannot be asked: ${said}${remedyFor(why)}`)
  }
  const answer = parseJson(text)
  if (response.ok) return { ok: true, value: answer }
  const message = memberOf(answer, 'message')
  return no(message ?? `${url.origin} answered ${response.status}; is this the bastion?`)
}

/** TLS with a CA of one's own is what most first attempts end at. */
function remedyFor(why: unknown): string {
  const code = why instanceof Error && 'code' in why ? String(why.code) : ''
  return /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/.test(code)
    ? '; name the file of its CA in NODE_EXTRA_CA_CERTS'
    : ''
}

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    length += part.length
    if (length > MOST_BYTES) throw new Error('the answer is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Something else than a bastion answers in its own words; what is missing then is told.
    return null
  }
}

/** A member that is text; null where there is none. */
export function memberOf(value: unknown, name: string): string | null {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null
  const member = (value as Record<string, unknown>)[name]
  return typeof member === 'string' ? member : null
}

const no = (fault: string): { ok: false; fault: string } => ({ ok: false, fault })
