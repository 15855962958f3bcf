import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { quote } from '../../keys/key-folder.ts'
import { OWNER_NOTE } from '../../store/embedded-postgres/place.ts'
import { type Finding, weak } from './examination.ts'

/**
 * Databases whose state directory was removed, as with a checkout below /root that was tried and thrown
 * away. What lies in them may be evidence, so nobody but a person removes them.
 */
export async function examineLeftovers(folder: string): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const name of await namesIn(folder)) {
    const directory = join(folder, name)
    const home = await ownerOf(directory)
    if (home === null || existsSync(join(home, 'postgres.json'))) continue
    findings.push(
      weak(
        'state',
        `${directory} is the database of ${home}, which is gone`,
        `if nobody needs what was recorded there: rm -r ${quote(directory)}`,
      ),
    )
  }
  return findings
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter(name => /^sallyport-[0-9a-f]{12}$/.test(name))
  } catch {
    return [] // not there, or not ours to look into: then nothing of ours is in it
  }
}

async function ownerOf(directory: string): Promise<string | null> {
  try {
    return (await readFile(join(directory, OWNER_NOTE), 'utf8')).trim()
  } catch {
    return null // no note: whose it is cannot be told
  }
}
