import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** From package.json, which lies two folders up from the sources and three from what is compiled. */
export const VERSION = readVersion()

function readVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const path = fileURLToPath(new URL(up, import.meta.url))
      const { name, version } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>
      if (name === 'sallyport' && version !== undefined) return version
    } catch (error) {
      // Not at this depth: the other one has it.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return 'unknown'
}
