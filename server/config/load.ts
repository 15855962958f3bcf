import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Config, readConfig } from '../config.ts'
import type { ConfigFile } from './positions.ts'
import type { Result } from '../core/result.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The file that is read, absolute: where `SALLYPORT_CONFIG` says nothing, the one that may be absent. */
export function configFile(env: Environment, workingDirectory: string): string {
  return resolve(workingDirectory, namedIn(env) ?? 'sallyport.yaml')
}

/** The configuration of this process: its environment, and sallyport.yaml where there is one. */
export async function loadConfig(
  env: Environment,
  workingDirectory: string,
): Promise<Result<Config, string[]>> {
  const file = await readConfigFile(env, workingDirectory)
  return file.ok ? readConfig(env, file.value, workingDirectory) : file
}

async function readConfigFile(
  env: Environment,
  workingDirectory: string,
): Promise<Result<ConfigFile | null, string[]>> {
  const path = configFile(env, workingDirectory)
  try {
    return { ok: true, value: { path, text: await readFile(path, 'utf8') } }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Only the file nobody asked for may be absent.
    if (code === 'ENOENT' && namedIn(env) === undefined) return { ok: true, value: null }
    const why = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`
    return { ok: false, fault: [`SALLYPORT_CONFIG: ${path}: ${why}`] }
  }
}

/** Set to nothing is not set, as with every other variable. */
function namedIn(env: Environment): string | undefined {
  return env['SALLYPORT_CONFIG'] || undefined
}
