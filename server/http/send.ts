import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createGzip, gzip } from 'node:zlib'
import type { Answer } from './answer.ts'

/** Below a packet's size compression costs more than it saves. */
const MIN_GZIP_BYTES = 1_400
/** Text shrinks five-fold at this level; the next ones cost twice the time for a few per cent. */
const GZIP = { level: 4 } as const

const gzipped = promisify<Uint8Array, { level: number }, Buffer>(gzip)

/** Sends an answer; rejects when a streamed body fails, with the connection already cut. */
export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const { status, body } = answer
  response.statusCode = status
  for (const [name, value] of Object.entries({ ...headers, ...answer.headers })) {
    response.setHeader(name, value)
  }
  response.setHeader('vary', 'accept-encoding')
  const mayGzip = acceptsGzip(request) && isText(answer)
  if (typeof body === 'object' && Symbol.asyncIterator in body) {
    return sendStream(request, response, body, mayGzip)
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const smaller = mayGzip && bytes.length >= MIN_GZIP_BYTES ? await gzipped(bytes, GZIP) : null
  if (smaller !== null) response.setHeader('content-encoding', 'gzip')
  response.setHeader('content-length', (smaller ?? bytes).length)
  response.end(smaller ?? bytes)
}

async function sendStream(
  request: IncomingMessage,
  response: ServerResponse,
  body: AsyncIterable<Uint8Array>,
  mayGzip: boolean,
): Promise<void> {
  if (mayGzip) response.setHeader('content-encoding', 'gzip')
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  if (mayGzip) await pipeline(Readable.from(body), createGzip(GZIP), response)
  else await pipeline(Readable.from(body), response)
}

const acceptsGzip = (request: IncomingMessage): boolean =>
  /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(String(request.headers['accept-encoding'] ?? ''))

const isText = ({ headers }: Answer): boolean =>
  /^(text\/|application\/(json|x-asciicast)|image\/svg)/.test(String(headers['content-type'] ?? ''))
