import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'

// `npm start` and `npm run build`: builds what is not built, so that the second start takes no time.
// Whether something is stale is a matter of what the files say, not of when they were written: a fresh
// clone, a switched branch and a copied folder are all judged alike.

interface Part {
  readonly name: string
  /** Files and folders it is made from. */
  readonly sources: readonly string[]
  /** Without it the part is stale whatever the stamp says. */
  readonly product: string
  readonly tool: string
  readonly parameters: readonly string[]
  /** Folders of which it compiles each file by itself. */
  readonly folders: readonly string[]
}

const PARTS: readonly Part[] = [
  {
    name: 'bastion',
    sources: ['server', 'migrations', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
    product: 'dist/server/cli/sallyport.js',
    tool: 'tsc',
    parameters: ['-p', 'tsconfig.build.json'],
    folders: ['server', 'migrations'],
  },
  {
    name: 'browser part',
    sources: ['replay-ui', 'server/core', 'tsconfig.json', 'package-lock.json'],
    product: 'dist/replay-ui/index.html',
    tool: 'vite',
    parameters: ['build', 'replay-ui', '--logLevel', 'warn'],
    folders: [],
  },
]

const root = resolve(import.meta.dirname, '../..')
const stampFile = join(root, 'dist/.built.json')

const stamps = readStamps()
const digests = new Map(PARTS.map(part => [part.name, digestOf(part.sources)]))
const stale = PARTS.filter(
  ({ name, product }) =>
    process.argv.includes('--all') ||
    stamps[name] !== digests.get(name) ||
    !existsSync(join(root, product)),
)
if (stale.length > 0) {
  process.stderr.write(
    `sallyport: building the ${stale.map(({ name }) => name).join(' and the ')} …\n`,
  )
  // A build that is killed half-way leaves no stamp that says it was not.
  for (const { name } of stale) delete stamps[name]
  writeStamps()
  const built = await Promise.all(stale.map(build))
  if (existsSync(join(root, 'dist/server/cli/sallyport.js'))) {
    chmodSync(join(root, 'dist/server/cli/sallyport.js'), 0o755)
  }
  stale.forEach(({ name, sources }, index) => {
    const digest = digests.get(name) ?? ''
    // What was edited meanwhile may be in it by half.
    if (built[index] && digestOf(sources) === digest) stamps[name] = digest
  })
  writeStamps()
  if (built.includes(false)) process.exitCode = 1
}

/** Says nothing when all goes well. Sources with errors leave what was built before as it is. */
async function build({ name, tool, parameters, folders }: Part): Promise<boolean> {
  const program = join(root, 'node_modules/.bin', tool)
  if (!existsSync(program)) {
    process.stderr.write(
      `sallyport: ${tool} is not installed and the ${name} must be built; run: npm ci\n`,
    )
    return false
  }
  const child = spawn(program, parameters, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  }
  const status = await new Promise<number | null>((done, fail) => {
    child.once('error', fail)
    child.once('close', done)
  })
  if (status === 0) {
    for (const folder of folders) removeOrphans(folder)
    return true
  }
  process.stderr.write(`${output}\nsallyport: the ${name} could not be built\n`)
  return false
}

function digestOf(sources: readonly string[]): string {
  const hash = createHash('sha256')
  for (const path of sources.flatMap(filesUnder).toSorted()) {
    const bytes = readFileSync(join(root, path))
    hash.update(`${path}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

function filesUnder(path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path]
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(root.length + 1))
}

/** What was compiled from a file that is gone must not be imported by a file that stayed. */
function removeOrphans(folder: string): void {
  const compiled = join(root, 'dist', folder)
  if (!existsSync(compiled)) return
  for (const name of readdirSync(compiled, { recursive: true, encoding: 'utf8' })) {
    const source = name.replace(/\.(d\.ts|js|js\.map)$/, '.ts')
    if (source !== name && !existsSync(join(root, folder, source))) rmSync(join(compiled, name))
  }
}

function writeStamps(): void {
  mkdirSync(dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, `${JSON.stringify(stamps, null, 2)}\n`)
}

function readStamps(): Record<string, string> {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8')) as Record<string, string>
  } catch {
    return {} // absent or cut short: everything counts as stale
  }
}
