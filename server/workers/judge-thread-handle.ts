import type { Worker } from 'node:worker_threads'
import type { JudgeContext } from '../core/policy/judgement.ts'
import type { Policy } from '../core/policy/policy.ts'
import type { Answer, Question, Ready } from './judge-messages.ts'
import { startThread } from './start-thread.ts'

export type Reply = Answer | { readonly trouble: 'deadline' | 'crash'; readonly detail: string }

/** Policies a thread remembers; past this many it forgets them all, and they travel again. */
const KEPT_POLICIES = 64
/** A thread that dies at its start is not started again at once, nor ever later than this. */
const LONGEST_PAUSE_MS = 5000

/**
 * One judge thread, restarted when it is stuck or dead. At most one question is out at any time, and
 * every question is answered exactly once.
 */
export class JudgeThread {
  readonly #deadlineMs: number
  readonly #onIdle: () => void
  readonly #sent = new Set<number>()
  #worker: Worker | null = null
  /** The worker has loaded its code: a question's time begins when it can be read. */
  #isReady = false
  #reply: ((reply: Reply) => void) | null = null
  #timer: NodeJS.Timeout | null = null
  #pause: NodeJS.Timeout | null = null
  #failures = 0
  #isClosed = false

  constructor(deadlineMs: number, onIdle: () => void) {
    this.#deadlineMs = deadlineMs
    this.#onIdle = onIdle
    this.#start()
  }

  get isIdle(): boolean {
    return this.#isReady && this.#reply === null
  }

  ask(line: Uint8Array, { policy, ...context }: JudgeContext, reply: (reply: Reply) => void): void {
    const policyKey = keyOf(policy)
    const forgetPolicies = this.#sent.size >= KEPT_POLICIES
    if (forgetPolicies) this.#sent.clear()
    const question: Question = {
      line,
      context,
      policyKey,
      policy: this.#sent.has(policyKey) ? null : policy,
      forgetPolicies,
    }
    this.#sent.add(policyKey)
    this.#reply = reply
    this.#timer = setTimeout(
      () => this.#replace('deadline', `stuck for ${this.#deadlineMs} ms`),
      this.#deadlineMs,
    )
    this.#worker?.postMessage(question)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#pause !== null) clearTimeout(this.#pause)
    const worker = this.#worker
    this.#worker = null
    this.#isReady = false
    this.#settle({ trouble: 'crash', detail: 'closed' })
    await worker?.terminate()
  }

  #start(): void {
    this.#pause = null
    this.#sent.clear()
    const worker = startThread('judge-thread')
    this.#worker = worker
    worker.on('message', (message: Answer | Ready) => {
      if (worker !== this.#worker) return
      this.#isReady = true
      this.#failures = 0
      if (!('ready' in message)) this.#settle(message)
      this.#onIdle()
    })
    worker.on('error', error => {
      if (worker === this.#worker) this.#replace('crash', error.message)
    })
    worker.on('exit', code => {
      if (worker === this.#worker) this.#replace('crash', `exit ${code}`)
    })
  }

  /** Ends the thread, answers what it was asked, and starts another. */
  #replace(trouble: 'deadline' | 'crash', detail: string): void {
    const worker = this.#worker
    this.#worker = null
    this.#isReady = false
    void worker?.terminate()
    this.#settle({ trouble, detail })
    if (this.#isClosed) return
    const pauseMs =
      trouble === 'deadline' ? 0 : Math.min(LONGEST_PAUSE_MS, 50 * 2 ** this.#failures)
    this.#failures += trouble === 'deadline' ? 0 : 1
    this.#pause = setTimeout(() => this.#start(), pauseMs)
  }

  #settle(reply: Reply): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    const waiting = this.#reply
    this.#timer = null
    this.#reply = null
    waiting?.(reply)
  }
}

/** By identity: two policies may share a text and differ in what a caller made of it. */
const keys = new WeakMap<Policy, number>()
let lastKey = 0

function keyOf(policy: Policy): number {
  const known = keys.get(policy)
  if (known !== undefined) return known
  lastKey += 1
  keys.set(policy, lastKey)
  return lastKey
}
