import { statfs } from 'node:fs/promises'

/** What a check found; `why` is a sentence for the operator. */
export type Finding = { ok: true } | { ok: false; why: string }

/** Spooling and the database stop before the disk is full; readiness goes first. */
const MIN_FREE_BYTES = 256 * 1024 * 1024

/** Fails while the disk under `folder` has less room than a busy minute of recording needs. */
export function freeSpaceCheck(folder: string): () => Promise<Finding> {
  return async () => {
    const { bavail, bsize } = await statfs(folder)
    const free = bavail * bsize
    if (free >= MIN_FREE_BYTES) return { ok: true }
    return {
      ok: false,
      why: `${Math.floor(free / 1024 / 1024)} MB free under ${folder}; make room`,
    }
  }
}

/** Certificates live for minutes: a clock further off than this accepts expired ones. */
const MAX_CLOCK_DIFFERENCE_MS = 5_000

/** Fails when our clock and the database's differ; both are asked at the same moment. */
export function clockCheck(
  nowMs: () => number,
  databaseNowMs: () => Promise<number>,
): () => Promise<Finding> {
  return async () => {
    const before = nowMs()
    const database = await databaseNowMs()
    const after = nowMs()
    const difference = Math.max(before - database, database - after, 0)
    if (difference <= MAX_CLOCK_DIFFERENCE_MS) return { ok: true }
    const seconds = Math.round(difference / 1000)
    return { ok: false, why: `the clocks of this node and the database differ by ${seconds} s` }
  }
}
