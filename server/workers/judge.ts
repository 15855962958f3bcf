/**
 * The judge behind a deadline. Reading a line takes quadratic time at worst (0.4 s for 16 KB), so it
 * happens in threads of its own: a line that takes too long is refused and its thread replaced, while
 * the others go on.
 */
import { availableParallelism } from 'node:os'
import type { JudgeContext, Judgement } from '../core/policy/judgement.ts'
import { notJudged } from '../core/policy/not-judged.ts'
import type { Judge } from '../core/ports/deciding.ts'
import type { Answer } from './judge-messages.ts'
import { JudgeThread } from './judge-thread-handle.ts'

export interface JudgeOptions {
  readonly threads?: number
  /** From the call to the answer, waiting included. */
  readonly deadlineMs?: number
  /** Lines that may wait for a thread. */
  readonly waitingLines?: number
  /** Told when a line was not judged, for log and metrics. */
  readonly onTrouble?: (trouble: Trouble, detail: string) => void
}

export type Trouble = 'deadline' | 'crash' | 'full'

export interface RunningJudge extends Judge {
  /** Lines that wait for a thread now. */
  waiting(): number
  /** Refuses what still waits, and ends the threads. */
  close(): Promise<void>
}

/** Twice the worst line measured, and room for a busy machine. */
const DEADLINE_MS = 1000
/** The first lines may find threads that are still loading their code; only they wait this much longer. */
const START_MS = 20_000
/** At 16 KB a line these are 16 MB; whoever sends more at once can wait for a refusal. */
const WAITING_LINES = 1024

interface Job {
  readonly line: Uint8Array
  readonly context: JudgeContext
  readonly answer: (judgement: Judgement) => void
}

export function startJudge(options: JudgeOptions = {}): RunningJudge {
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS
  const waitingLines = options.waitingLines ?? WAITING_LINES
  const count = options.threads ?? Math.min(4, Math.max(2, availableParallelism()))
  const waiting: Job[] = []
  let isClosed = false
  let hasStarted = false
  const threads = Array.from({ length: count }, () => new JudgeThread(deadlineMs, takeNext))

  return {
    judge(line, context) {
      return new Promise(resolve => {
        const patienceMs = hasStarted ? deadlineMs : deadlineMs + START_MS
        const timer = setTimeout(
          () => give('deadline', `not judged within ${patienceMs} ms`),
          patienceMs,
        )
        const job: Job = { line, context, answer: settle }
        if (isClosed) give('full', 'the judge is closed')
        else if (waiting.length >= waitingLines) give('full', `${waitingLines} lines wait already`)
        else {
          waiting.push(job)
          takeNext()
        }

        function settle(judgement: Judgement): void {
          clearTimeout(timer)
          resolve(judgement)
        }

        function give(trouble: Trouble, detail: string): void {
          const at = waiting.indexOf(job)
          if (at !== -1) waiting.splice(at, 1)
          options.onTrouble?.(trouble, detail)
          settle(refused(trouble, line, context))
        }
      })
    },
    waiting: () => waiting.length,
    async close() {
      isClosed = true
      for (const job of waiting.splice(0)) job.answer(refused('full', job.line, job.context))
      await Promise.all(threads.map(thread => thread.close()))
    },
  }

  function takeNext(): void {
    for (const thread of threads) {
      if (!thread.isIdle) continue
      hasStarted = true
      const job = waiting.shift()
      if (job === undefined) return
      thread.ask(job.line, job.context, reply => job.answer(judgementOf(reply, job)))
    }
  }

  function judgementOf(
    reply: Answer | { readonly trouble: Trouble; readonly detail: string },
    job: Job,
  ): Judgement {
    if ('judgement' in reply) return reply.judgement
    const trouble = 'trouble' in reply ? reply.trouble : 'crash'
    options.onTrouble?.(trouble, 'trouble' in reply ? reply.detail : reply.fault)
    return refused(trouble, job.line, job.context)
  }
}

function refused(trouble: Trouble, line: Uint8Array, context: JudgeContext): Judgement {
  switch (trouble) {
    case 'deadline':
      return notJudged(line, context, 'deadline', 'reading the line takes too long; split it up')
    case 'crash':
      return notJudged(
        line,
        context,
        'judge-failed',
        'the line could not be read; write it more plainly',
      )
    case 'full':
      return notJudged(line, context, 'judge-busy', 'too many lines are being judged; try again')
  }
}
