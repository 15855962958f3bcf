import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Config, readConfig } from '../config.ts'
import type { ConfigFile } from './positions.ts'
import type { Result } from '../core/result.ts'

const DEFAULT_FILE = 'sallyport.yaml'

/** The configuration of this process: its environment, and sallyport.yaml where there is one. */
export async function loadConfig(
  env: Readonly<Record<string, string | undefined>>,
  workingDirectory: string,
): Promise<Result<Config, string[]>> {
  const file = await readConfigFile(env['SALLYPORT_CONFIG'] || undefined, workingDirectory)
  return file.ok ? readConfig(env, file.value, workingDirectory) : file
}

async function readConfigFile(
  named: string | undefined,
  workingDirectory: string,
): Promise<Result<ConfigFile | null, string[]>> {
  const path = resolve(workingDirectory, named ?? DEFAULT_FILE)
  try {
    return { ok: true, value: { path, text: await readFile(path, 'utf8') } }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Only the file nobody asked for may be absent.
    if (code === 'ENOENT' && named === undefined) return { ok: true, value: null }
    const why = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`
    return { ok: false, fault: [`SALLYPORT_CONFIG: ${path}: ${why}`] }
  }
}
