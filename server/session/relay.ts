import type { Readable, Writable } from 'node:stream'
import { CONTROL_BYTES } from '../core/shell/control-characters.ts'

/**
 * Copies target output to the client, recording first and showing second: nothing reaches the agent
 * that is not in the spool. A slow client or disk slows the target. When the client is gone the rest
 * is still read and recorded, so that the program's last words are kept.
 *
 * @returns how many bytes the target sent.
 */
export async function relayOutput(
  target: Readable,
  client: Writable,
  record: (bytes: Uint8Array) => Promise<void>,
): Promise<number> {
  let total = 0
  for await (const bytes of untilClosed(target)) {
    total += bytes.length
    await record(bytes)
    if (isOpen(client) && !client.write(bytes)) await drained(client)
  }
  return total
}

/**
 * Copies the agent's standard input to a program.
 *
 * @param mayForward resolves true when bytes may go on, false when the session is over.
 * @returns when the agent sent EOF or the program wants no more.
 */
export async function relayInput(
  client: Readable,
  program: Writable,
  take: (bytes: Uint8Array) => Promise<Uint8Array>,
  mayForward: () => Promise<boolean>,
): Promise<void> {
  for await (const sent of untilClosed(client)) {
    const bytes = await take(sent)
    if (!(await mayForward())) return
    if (bytes.length === 0) continue
    if (!isOpen(program)) return
    if (!program.write(bytes)) await drained(program)
  }
}

/**
 * The stream's chunks up to its end, or up to where it was closed: a side that breaks off ends its stream. A chunk
 * that is waited for is handed over in the turn in which it comes; Node's own iterator takes some more, and a
 * key's echo passes here twice.
 */
export function untilClosed(stream: Readable): AsyncIterable<Uint8Array> {
  let held: Uint8Array | null = null
  let fault: Error | null = null
  let isOver = stream.readableEnded || stream.destroyed
  let settle: () => void = () => {}
  const end = (): void => {
    isOver = true
    settle()
  }
  stream.on('end', end).on('close', end)
  stream.on('error', (error: Error & { readonly code?: string }) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') fault = error
  })
  stream.on('data', (bytes: Uint8Array) => {
    held = bytes
    stream.pause()
    settle()
  })
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    if (held === null && !isOver) {
      await new Promise<void>(resolve => {
        settle = resolve
        stream.resume()
      })
    }
    const value = held
    held = null
    if (value !== null) return { done: false, value }
    if (fault !== null) throw fault
    return { done: true, value: undefined }
  }
  return {
    [Symbol.asyncIterator]: () => ({
      next,
      async return() {
        stream.destroy()
        return { done: true, value: undefined }
      },
    }),
  }
}

/** What a program of input class none may be sent. */
export function onlySignals(bytes: Uint8Array): Uint8Array {
  return bytes.filter(byte => CONTROL_BYTES.has(byte))
}

export function isOpen(stream: Writable): boolean {
  return !stream.destroyed && !stream.writableEnded && stream.writable
}

/** Resolves when the stream takes more, or never will. */
export function drained(stream: Writable): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      for (const event of ['drain', 'close', 'error', 'finish']) stream.off(event, done)
      resolve()
    }
    for (const event of ['drain', 'close', 'error', 'finish']) stream.on(event, done)
  })
}

/** Resolves when so much at most is on its way in a stream, or none will be any more. */
export async function uncongested(stream: Writable, mostBytes: number): Promise<void> {
  while (isOpen(stream) && stream.writableNeedDrain && stream.writableLength > mostBytes) {
    // oxlint-disable-next-line no-await-in-loop -- drained says that it was, not that it is
    await drained(stream)
  }
}
