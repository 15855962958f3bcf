import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { TargetShell } from '../core/access.ts'
import type { JudgeContext, Judgement } from '../core/policy/judgement.ts'
import type { Policy } from '../core/policy/policy.ts'
import type { Result } from '../core/result.ts'
import { startJudge } from '../workers/judge.ts'
import type { JsonOption } from './options.ts'
import type { PolicyDesk } from './policy-desk.ts'
import { usablePolicy } from './policy-source.ts'
import { judgementJson, judgementText } from './policy-words.ts'
import type { Status } from './screen.ts'

export interface ExplainOptions extends JsonOption {
  readonly policy: string
  readonly as?: string
  readonly cwd?: string
  readonly home?: string
  readonly shell?: string
  readonly target?: string
  readonly tag?: readonly string[]
  readonly at?: string
  readonly lines?: string
}

/** Judges one line, or every line of a file, and shows what was seen and decided. */
export async function explainLines(
  desk: PolicyDesk,
  words: readonly string[],
  options: ExplainOptions,
): Promise<Status> {
  const { screen } = desk
  if ((words.length === 0) === (options.lines === undefined)) {
    return screen.misuse(
      "give one line after --, or a file with --lines: … explain --policy P -- 'uptime'",
    )
  }
  if (words.length > 1) {
    return screen.misuse(
      `put the line in quotes, so that your own shell leaves it whole: -- '${words.join(' ')}'`,
    )
  }
  const policy = await usablePolicy(desk, options.policy)
  if (!policy.ok) {
    for (const fault of policy.fault.split('\n')) screen.no(fault)
    return 1
  }
  const context = contextOf(policy.value, options, desk.nowMs())
  if (!context.ok) return screen.misuse(context.fault)
  // Behind the deadline that sessions have: a line can be made to take minutes to read.
  const judge = startJudge({ threads: 1 })
  try {
    const one = (line: string): Promise<Judgement> => judge.judge(bytesOf(line), context.value)
    if (options.lines !== undefined) return await explainFile(desk, options.lines, one)
    return explainOne(desk, await one(words[0] ?? ''), options)
  } finally {
    await judge.close()
  }
}

function explainOne({ screen }: PolicyDesk, judgement: Judgement, options: ExplainOptions): Status {
  if (options.json) screen.printJson(judgementJson(judgement))
  else screen.print(judgementText(judgement, screen.paint))
  return judgement.verdict === 'allow' ? 0 : 1
}

function contextOf(
  policy: Policy,
  options: ExplainOptions,
  nowMs: number,
): Result<JudgeContext, string> {
  const { shell = 'bash', at, target, tag, cwd, home } = options
  if (!isShell(shell)) return { ok: false, fault: `--shell: "${shell}" is neither bash nor sh` }
  for (const [name, path] of Object.entries({ cwd, home })) {
    if (path !== undefined && !path.startsWith('/')) {
      return { ok: false, fault: `--${name}: "${path}" must be an absolute path` }
    }
  }
  const atMs = at === undefined ? nowMs : Date.parse(at)
  if (Number.isNaN(atMs))
    return { ok: false, fault: `--at: "${at}" is no instant; write 2026-11-20T12:00:00Z` }
  // Where and when play a part only if they were said: the question is about the line.
  const when = policy.when && {
    targets: target === undefined && tag === undefined ? null : policy.when.targets,
    hours: at === undefined ? null : policy.when.hours,
  }
  return {
    ok: true,
    value: {
      policy: { ...policy, when },
      shell,
      login: options.as ?? 'agent',
      target: { name: target ?? 'target', tags: tag ?? [] },
      workingDirectory: cwd ?? '~',
      homeDirectory: home ?? null,
      nowMs: atMs,
    },
  }
}

function isShell(text: string): text is TargetShell {
  return text === 'bash' || text === 'sh'
}

/** JSON can hold halves of characters, which no agent can send: such a line is no text. */
function bytesOf(line: string): Uint8Array {
  return /\p{Cs}/u.test(line) ? Uint8Array.of(0xff) : new TextEncoder().encode(line)
}

/** One object a line, in the order of the file, each written before the next is read. */
async function explainFile(
  desk: PolicyDesk,
  file: string,
  judge: (line: string) => Promise<Judgement>,
): Promise<Status> {
  const { screen } = desk
  const input =
    file === '-' ? process.stdin : createReadStream(resolve(desk.workingDirectory, file))
  const failed = new Promise<never>((_, reject) => input.once('error', reject))
  const encoder = new TextEncoder()
  const work = async (): Promise<Status> => {
    let number = 0
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      number += 1
      if (text.trim() === '') continue
      const line = lineOf(text)
      if (line === null) return screen.misuse(`${file}:${number}: expected {"line": "…"}`)
      const judged = JSON.stringify(judgementJson(await judge(line)))
      await screen.write(encoder.encode(`${judged}\n`))
    }
    return 0
  }
  return Promise.race([work(), failed])
}

function lineOf(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text)
    const isLine = typeof value === 'object' && value !== null && 'line' in value
    return isLine && typeof value.line === 'string' ? value.line : null
  } catch {
    // The caller says which line of the file is no JSON.
    return null
  }
}
