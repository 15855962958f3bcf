import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

describe('building what is stale', function () {
  this.timeout(60_000)
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport build-'))
    for (const path of [
      'server/cli',
      'migrations',
      'replay-ui',
      'server/core',
      'node_modules/.bin',
    ])
      mkdirSync(join(folder, path), { recursive: true })
    for (const file of ['server/cli/build-stale.ts', 'tsconfig.json', 'tsconfig.build.json'])
      copyFileSync(join(root, file), join(folder, file))
    write('package.json', '{ "type": "module" }')
    write('package-lock.json', '{}')
    write('server/cli/kinds.ts', "export const KINDS = ['one']\n")
    write(
      'server/cli/sallyport.ts',
      "import { KINDS } from './kinds.ts'\nprocess.stdout.write(KINDS.join())\n",
    )
    for (const name of ['@types', 'tsx'])
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
    tool('tsc', `exec '${join(root, 'node_modules/.bin/tsc')}' "$@"`)
    tool('vite', 'mkdir -p dist/replay-ui && : > dist/replay-ui/index.html')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('leaves what was built before as it was, when the sources have errors', () => {
    assert.equal(build().status, 0)
    write('server/cli/sallyport.ts', "import { OTHERS } from './kinds.ts'\nOTHERS.join()\n")
    const { status, stderr } = build()
    assert.equal(status, 1)
    assert.match(stderr, /OTHERS/)
    assert.equal(run(), 'one')
  })

  it('builds nothing twice', () => {
    build()
    assert.equal(build().stderr, '')
  })

  it('builds again what was edited while it was built', () => {
    tool('tsc', `echo >> server/cli/kinds.ts; exec '${join(root, 'node_modules/.bin/tsc')}' "$@"`)
    build()
    // Back to what the first build began with.
    write('server/cli/kinds.ts', "export const KINDS = ['one']\n")
    assert.match(build().stderr, /building the bastion/)
  })

  it('builds again what was being built when it was killed', () => {
    build()
    const before = readFileSync(join(folder, 'server/cli/kinds.ts'), 'utf8')
    write('server/cli/kinds.ts', "export const KINDS = ['two']\n")
    tool('tsc', 'kill -KILL $PPID')
    build()
    write('server/cli/kinds.ts', before)
    assert.match(build().stderr, /building the bastion/)
  })

  function build(): { status: number | null; stderr: string } {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', join(folder, 'server/cli/build-stale.ts')],
      { cwd: folder, encoding: 'utf8' },
    )
    return { status, stderr }
  }

  function run(): string {
    return spawnSync(process.execPath, [join(folder, 'dist/server/cli/sallyport.js')], {
      encoding: 'utf8',
    }).stdout
  }

  function write(path: string, text: string): void {
    writeFileSync(join(folder, path), text)
  }

  function tool(name: string, script: string): void {
    const file = join(folder, 'node_modules/.bin', name)
    writeFileSync(file, `#!/bin/sh\n${script}\n`)
    chmodSync(file, 0o755)
  }
})
