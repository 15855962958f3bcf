import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { delimiter } from 'node:path'
import type { NewerClients } from './newer-clients.ts'
import { type Found, here, missing, type Task } from './real-client.ts'

/** Whose programs: the system's, or the newer ones that lie in a folder of their own. */
export type Origin = { is: 'system' } | NewerClients

/** The environment in which `ssh`, `plink` and so on mean those of `origin`. */
export function environmentOf(origin: Origin): NodeJS.ProcessEnv {
  const path = process.env['PATH'] ?? ''
  return {
    ...process.env,
    // The agent of whoever runs the tests takes no part.
    SSH_AUTH_SOCK: undefined,
    PATH: origin.is === 'here' ? `${origin.programs}${delimiter}${path}` : path,
  }
}

/** Asks a program for its version; `pattern` finds it in what the program says. */
export function findProgram(origin: Origin, program: string, pattern: RegExp): Found {
  if (origin.is === 'missing') return missing(origin.why)
  const options = { env: environmentOf(origin), encoding: 'utf8' } as const
  const { stdout, stderr, error } = spawnSync(program, ['-V'], options)
  if (error !== undefined) return missing(`${program}: ${error.message}`)
  const version = pattern.exec(`${stdout}${stderr}`)?.[1]
  return version === undefined ? missing(`${program} -V says: ${stderr}`) : here(version)
}

export function startProgram(
  origin: Origin,
  task: Task,
  program: string,
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): ChildProcess {
  const agent = task.key.agent ?? undefined
  const env = { ...environmentOf(origin), SSH_AUTH_SOCK: agent, ...environment }
  return spawn(program, words, { cwd: task.folder, env, stdio: ['pipe', 'pipe', 'pipe'] })
}
