import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const LOG = pathToFileURL(resolve(import.meta.dirname, '../../server/operations/log.ts')).href

/** Runs a few lines in a process of its own, because a log writes to the process's standard error. */
function logged(pretty: boolean, code: string): { out: string; err: string } {
  const program = `import { createLog, logLine } from ${JSON.stringify(LOG)}
    const log = createLog({ pretty: ${pretty}, level: 'info' })
    ${code}`
  const node = ['--import=tsx', '--input-type=module', '--eval', program]
  const { stdout, stderr } = spawnSync(process.execPath, node, {
    encoding: 'utf8',
    cwd: resolve(import.meta.dirname, '../..'),
  })
  return { out: stdout, err: stderr }
}

describe('createLog', () => {
  it('writes one JSON line an event, on standard error, with the ids as fields', () => {
    const { out, err } = logged(
      false,
      `logLine(log)('session opened', { session: 's1', event: 0 })`,
    )
    const line = JSON.parse(err) as Record<string, unknown>
    assert.equal(out, '')
    assert.deepEqual(
      { level: line['level'], msg: line['msg'], session: line['session'], event: line['event'] },
      { level: 'info', msg: 'session opened', session: 's1', event: 0 },
    )
    assert.match(String(line['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  it('hides what should never have been handed to it', () => {
    const { err } = logged(
      false,
      `log.info({ token: 'hunter2', headers: { cookie: 'hunter2', authorization: 'hunter2' } }, 'x')`,
    )
    assert.doesNotMatch(err, /hunter2/)
  })

  it('cannot be made to write a second line', () => {
    const { err } = logged(false, `log.info({ userName: 'a\\n{"level":"info"}\\u2028' }, 'b\\nc')`)
    assert.equal(err.trimEnd().split('\n').length, 1)
  })

  it('is readable on a terminal', () => {
    const { err } = logged(true, `log.warn({ session: 's1' }, 'spool filling')`)
    assert.match(err, /WARN.*spool filling.*s1/)
  })

  it('leaves out what is below its level', () => {
    assert.equal(logged(false, `log.debug('detail')`).err, '')
  })
})
