import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isoMoment } from '../core/duration.ts'
import type { SessionSummary, StoredChunk, StoredEvent } from '../core/ports/archive.ts'
import { channelsOf, type CommandStep, foldSteps } from '../core/replay/steps.ts'
import type { Result } from '../core/result.ts'
import { safeJson } from '../core/safe-json.ts'
import { castLines } from '../http/cast.ts'
import type { Books, Desk } from './desk.ts'
import type { Screen, Status } from './screen.ts'
import { findSession } from './find.ts'
import { sentWords, sessionJson } from './session-words.ts'
import { textOf } from './session-text.ts'

export interface ExportOptions {
  readonly format: 'cast' | 'text' | 'json'
  readonly channel?: number
  readonly out?: string
}

interface Material {
  readonly session: SessionSummary
  readonly events: readonly StoredEvent[]
  readonly chunks: readonly StoredChunk[]
  readonly books: Books
}

/** Writes a session to a file or to standard output; that somebody took it is written down first. */
export async function exportSession(
  desk: Desk,
  id: string,
  options: ExportOptions,
): Promise<Status> {
  const { screen } = desk
  if (options.channel !== undefined && options.format === 'json') {
    return screen.misuse('--channel goes with --format cast or text; json holds every channel')
  }
  const found = await findSession(desk, id)
  if (!found.ok) return screen.no(found.fault)
  const books = await desk.books()
  const [events, chunks] = await Promise.all([books.archive.events(id), books.archive.chunks(id)])
  const material: Material = { session: found.value, events, chunks, books }
  const parts = partsOf(material, options)
  if (!parts.ok) return screen.no(parts.fault)

  const out = await openOut(desk, options.out)
  if (!out.ok) return screen.no(out.fault)
  await books.journal.record({
    kind: 'session-exported',
    session: id,
    user: desk.by,
    format: options.format,
  })
  try {
    for await (const part of parts.value) await out.value.write(part)
  } finally {
    await out.value.close()
  }
  if (options.out !== undefined) screen.remark(`session ${id} written to ${options.out}`)
  return 0
}

function partsOf(
  material: Material,
  { format, channel }: ExportOptions,
): Result<AsyncIterable<Uint8Array>, string> {
  if (format === 'json') return { ok: true, value: jsonParts(material) }
  if (format === 'text') return { ok: true, value: textParts(material, channel ?? null) }
  const chosen = chooseChannel(material, channel ?? null)
  return chosen.ok ? { ok: true, value: castParts(material, chosen.value) } : chosen
}

/** A cast holds one channel: several at once would be several programs on one screen. */
function chooseChannel(
  { session, events, chunks }: Material,
  asked: number | null,
): Result<number, string> {
  const channels = [...new Set(chunks.map(({ channel }) => channel))].toSorted((a, b) => a - b)
  const [only] = channels
  if (asked === null && channels.length === 1 && only !== undefined)
    return { ok: true, value: only }
  if (asked !== null && channels.includes(asked)) return { ok: true, value: asked }
  if (channels.length === 0) {
    return { ok: false, fault: `session ${session.id} has no recording: nothing it asked for ran` }
  }
  const steps = foldSteps(events, session.startedAtMs)
  const listed = channels.map(channel => {
    const first = steps.find(
      (step): step is CommandStep => step.is === 'command' && step.channel === channel,
    )
    return `${channel} (${first === undefined ? 'no command' : sentWords(first.line).slice(0, 60)})`
  })
  const question = asked === null ? 'has several channels' : `has no recording of channel ${asked}`
  return {
    ok: false,
    fault: `session ${session.id} ${question}; choose with --channel: ${listed.join(', ')}`,
  }
}

async function* castParts(
  { session, events, chunks, books }: Material,
  channel: number,
): AsyncGenerator<Uint8Array> {
  const facts = channelsOf(events).find(one => one.channel === channel)
  const own = chunks.filter(chunk => chunk.channel === channel)
  yield* castLines(books.archive, session.id, own, facts !== undefined && facts.terminal !== null)
}

async function* textParts(material: Material, channel: number | null): AsyncGenerator<Uint8Array> {
  for await (const text of textOf(material, channel)) yield Buffer.from(text)
}

async function* jsonParts({ session, events, chunks }: Material): AsyncGenerator<Uint8Array> {
  const whole = {
    session: sessionJson(session),
    events: events.map(({ seq, atMs, event }) => ({ seq, at: isoMoment(atMs), event })),
    chunks,
  }
  yield Buffer.from(`${safeJson(whole)}\n`)
}

interface Out {
  write(bytes: Uint8Array): Promise<void>
  close(): Promise<void>
}

async function openOut(desk: Desk, path: string | undefined): Promise<Result<Out, string>> {
  if (path === undefined) return { ok: true, value: toScreen(desk.screen) }
  const whole = resolve(desk.workingDirectory, path)
  try {
    // `wx`: evidence that somebody saved under this name before must not be lost to a slip.
    const file = await open(whole, 'wx', 0o600)
    return {
      ok: true,
      value: {
        write: bytes => file.writeFile(bytes),
        close: () => file.close(),
      },
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why =
      code === 'EEXIST' ? 'exists already; choose another name' : `cannot be written (${code})`
    return { ok: false, fault: `--out: ${whole} ${why}` }
  }
}

function toScreen(screen: Screen): Out {
  return { write: bytes => screen.write(bytes), close: async () => {} }
}
