import type { IncomingMessage } from 'node:http'
import type { Result } from '../core/result.ts'
import { complaint, type Answer } from './answer.ts'

/** A sign-in is 60 bytes; nothing anybody sends us in JSON comes near. */
const MAX_BODY_BYTES = 64 * 1024

export async function readJson(
  request: IncomingMessage,
  mostBytes = MAX_BODY_BYTES,
): Promise<Result<unknown, Answer>> {
  const parts: Buffer[] = []
  let length = 0
  // The socket must outlive the reading: the refusal goes out on it.
  const sent: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false })
  for await (const part of sent) {
    length += part.length
    if (length > mostBytes) {
      return no(complaint(413, 'too-large', `send at most ${mostBytes} bytes`, CLOSE))
    }
    parts.push(part)
  }
  try {
    return { ok: true, value: JSON.parse(Buffer.concat(parts).toString('utf8')) }
  } catch {
    // What a client sent is not JSON: its mistake, and no failure of ours.
    return no(complaint(400, 'not-json', 'the body is not JSON'))
  }
}

/** What is left of a body that was too large is not read. */
const CLOSE = { connection: 'close' }

const no = (fault: Answer): Result<unknown, Answer> => ({ ok: false, fault })
