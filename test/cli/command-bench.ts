import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { openDesk } from '../../server/cli/open-desk.ts'
import { run } from '../../server/cli/run.ts'
import { openScreen } from '../../server/cli/screen.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'

export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** What somebody sits at, and types, while a command runs. */
export interface Sitting {
  /** Cells across; absent for a pipe. */
  readonly columns?: number
  /** What is typed when a question comes; null for a closed input. Absent: nobody is there. */
  readonly answer?: string | null
}

/** The real command on a real database, in this process: a start costs nothing, so a test may make many. */
export class CommandBench {
  readonly folder = mkdtempSync(join(tmpdir(), 'sallyport cli-'))
  readonly database: TestDatabase
  readonly environment: Record<string, string>

  static async create(): Promise<CommandBench> {
    return new CommandBench(await createTestDatabase())
  }

  private constructor(database: TestDatabase) {
    this.database = database
    this.environment = {
      SALLYPORT_HOME: join(this.folder, 'var'),
      SALLYPORT_KEYS: join(this.folder, 'keys'),
      DATABASE_URL: database.url,
      DATABASE_DIRECT_URL: database.ownerUrl,
    }
  }

  run(...parameters: string[]): Promise<Outcome> {
    return this.runAt({}, ...parameters)
  }

  async runAt({ columns, answer }: Sitting, ...parameters: string[]): Promise<Outcome> {
    const hasPerson = answer !== undefined
    const stdin = Object.assign(
      Readable.from(answer === null || !hasPerson ? [] : [`${answer}\n`]),
      {
        isTTY: hasPerson,
      },
    )
    const stdout = capture(columns)
    const stderr = capture(hasPerson ? 80 : undefined)
    const screen = openScreen(
      { stdin, stdout: stdout.stream, stderr: stderr.stream },
      { ...this.environment, TERM: 'xterm' },
    )
    const desk = openDesk(screen, this.environment, this.folder)
    try {
      const status = await run(parameters, desk)
      return { status, stdout: stdout.text(), stderr: stderr.text() }
    } finally {
      await desk.close()
    }
  }

  /** For what must succeed; gives standard output without its last line end. */
  async must(...parameters: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(...parameters)
    if (status !== 0) throw new Error(`${parameters.join(' ')}: ${status}\n${stdout}${stderr}`)
    return stdout.replace(/\n$/, '')
  }

  async end(): Promise<void> {
    await this.database.drop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function capture(columns: number | undefined) {
  let text = ''
  const stream = new PassThrough().setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    text += chunk
  })
  return {
    stream: Object.assign(stream, columns === undefined ? {} : { isTTY: true, columns }),
    text: () => text,
  }
}
