import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Bastion } from './bastion.ts'

/** A session in which a program says a word and then echoes what it is sent, until somebody ends it. */
export interface Conversation {
  readonly child: ChildProcess
  readonly said: () => string
  /** Sends a line and waits for its echo: the session is alive. */
  readonly echo: (line: string) => Promise<void>
}

/** Resolves once the program has begun. */
export async function converse(
  bastion: Bastion,
  key: string,
  user: string,
  options: string[] = [],
): Promise<Conversation> {
  const child = bastion.ssh(key, user, ['echo started; cat'], options)
  child.stdin?.on('error', () => {}) // The other side is gone; that is the point of these tests.
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  await untilSaid(child, () => text.includes('started'))
  return {
    child,
    said: () => text,
    async echo(line) {
      child.stdin?.write(`${line}\n`)
      await untilSaid(child, () => text.includes(line))
    },
  }
}

async function untilSaid(child: ChildProcess, isSaid: () => boolean): Promise<void> {
  while (!isSaid()) {
    if (child.exitCode !== null) throw new Error(`ssh ended with ${child.exitCode}`)
    await Promise.race([
      once(child.stdout as NonNullable<typeof child.stdout>, 'data'),
      once(child, 'exit'),
    ])
  }
}
