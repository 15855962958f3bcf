import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NAME } from '../core/access.ts'
import { STARTERS } from '../core/policy/starters/starters.ts'
import { type JsonOption, unknownName } from './options.ts'
import type { PolicyDesk } from './policy-desk.ts'
import { descriptionOf } from './policy-words.ts'
import type { Status } from './screen.ts'

export interface InitOptions extends JsonOption {
  readonly as?: string
}

/** Copies a starter into the policies directory. A file that is there already is somebody's work and stays. */
export async function initPolicy(
  desk: PolicyDesk,
  starter: string | undefined,
  { as, json }: InitOptions,
): Promise<Status> {
  const { screen } = desk
  if (starter === undefined) return listStarters(desk, json === true)
  const text = STARTERS.get(starter)
  if (text === undefined) {
    const all = `; there are ${[...STARTERS.keys()].join(', ')}`
    return screen.no(unknownName('starter policy', starter, STARTERS.keys(), all))
  }
  const name = as ?? starter
  if (!NAME.test(name)) {
    return screen.misuse(`--as: "${name}" must be lower-case letters, digits, "." and "-"`)
  }
  const { directory } = await desk.policyFiles()
  const path = join(directory, `${name}.yaml`)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  try {
    await writeFile(path, text.replace(/^name: .*$/m, `name: ${name}`), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    // The one failure with an answer of its own; every other ends the command.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    return screen.no(`${path} exists; edit it, or give --as another name`)
  }
  if (json) screen.printJson({ name, path })
  else screen.print(path)
  screen.remark(`Edit it, then: sallyport policy check ${name}`)
  return 0
}

function listStarters({ screen }: PolicyDesk, json: boolean): Status {
  const starters = [...STARTERS].map(([name, text]) => ({ name, description: descriptionOf(text) }))
  if (json) screen.printJson(starters)
  else {
    for (const { name, description } of starters) {
      screen.print(`${screen.paint.bold(name)}\n${indented(description)}\n`)
    }
    screen.remark('Copy one: sallyport policy init NAME')
  }
  return 0
}

function indented(text: string): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line.length + word.length > 76) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.map(line => `  ${line}`).join('\n')
}
