import assert from 'node:assert/strict'
import { PageBench } from '../support/page-bench.ts'
import { INVESTIGATION, LIVE, sampleSessions, SILENT } from '../support/sample-sessions.ts'

describe('a session, in Chromium', () => {
  const bench = PageBench.use(sampleSessions)

  it('plays, and its list follows', async () => {
    await bench.openSession(INVESTIGATION)
    await bench.tab.getByLabel('Speed').selectOption('16')
    await bench.tab.getByRole('button', { name: 'Play', exact: true }).click()
    await bench.screenShows('nginx.service: Failed')
    await bench.stepIsChosen('find /')
  })

  it('seeks to a command that is clicked, and shows what it printed', async () => {
    await bench.openSession(INVESTIGATION)
    await bench.step('ss -ltnp').click()
    await bench.screenShows('LISTEN 0 511')
    await bench.step('systemctl status').click()
    await bench.screenShows('Active: failed')
    assert.doesNotMatch(await bench.screen(), /LISTEN/)
  })

  it('begins each line of a program without a terminal at its beginning', async () => {
    await bench.openSession(INVESTIGATION)
    await bench.step('journalctl').click()
    await bench.screenShows('Failed to start')
    const lines = (await bench.screen()).split('\n').filter(line => line.includes('web-01'))
    assert.equal(lines.length, 4)
    for (const line of lines) assert.match(line, /^Jul 03/)
  })

  it('shows a denied command with its rule and reason', async () => {
    await bench.openSession(INVESTIGATION)
    await bench.step('cat /etc/shadow').click()
    const detail = await bench.tab.locator('.detail').innerText()
    assert.match(detail, /denied/)
    assert.match(detail, /\/etc\/shadow is protected from reading\s+Rule protect/)
    await bench.tab.getByRole('button', { name: 'Denied 3' }).click()
    assert.equal(await bench.tab.locator('.step').count(), 3)
  })

  it('shows what the target was asked to run, where that is not what the agent wrote', async () => {
    await bench.openSession(INVESTIGATION)
    await bench.step('ss -ltnp').click()
    const detail = bench.tab.locator('.detail')
    assert.match(await detail.innerText(), /As it was understood\s+ss '-ltnp' \|/)
    await detail.getByText('Exactly what the target was asked to run').click()
    assert.equal(await detail.locator('details .line').innerText(), "ss '-ltnp' |\n grep ':443'")
    await bench.step('journalctl').click()
    assert.doesNotMatch(await detail.innerText(), /As it was understood|asked to run/)
  })

  it('is worked with the keyboard alone', async () => {
    await bench.openSession(INVESTIGATION)
    // What is stopped first is what a session is opened at.
    await bench.stepIsChosen('cat /etc/shadow')
    await bench.tab.getByRole('listbox').focus()
    await bench.tab.keyboard.press('Home')
    await bench.stepIsChosen('systemctl status')
    await bench.tab.keyboard.press('ArrowDown')
    await bench.stepIsChosen('journalctl')
    await bench.tab.keyboard.press('d')
    await bench.stepIsChosen('cat /etc/shadow')
    await bench.tab.keyboard.press('Home')
    await bench.tab.keyboard.press('Enter')
    await bench.tab.getByRole('button', { name: 'Pause' }).waitFor()
    await bench.tab.keyboard.press('Space')
    await bench.tab.getByRole('button', { name: 'Play', exact: true }).waitFor()
  })

  it('plays one channel when one is chosen, and offers it as a file', async () => {
    await bench.openSession(INVESTIGATION)
    await bench.tab.getByLabel('Channel').selectOption('6')
    await bench.tab.waitForURL(/channel=6/)
    assert.equal(await bench.step('top').count(), 1)
    const download = bench.tab.waitForEvent('download')
    await bench.tab.getByRole('link', { name: '.cast' }).click()
    assert.equal((await download).suggestedFilename(), `sallyport-${INVESTIGATION}-channel-6.cast`)
    assert.deepEqual(bench.part.journal.events.at(-1), {
      kind: 'session-exported',
      session: INVESTIGATION,
      user: 'viewer by link',
      format: 'cast',
    })
  })

  it('opens at the step its address names', async () => {
    await bench.openSession(INVESTIGATION, '?step=6')
    await bench.screenShows('Failed to start')
  })

  it('says that nothing was printed', async () => {
    await bench.openSession(SILENT)
    await bench.tab.getByText('Nothing was printed.').waitFor()
    await bench.step('rm -rf /srv').click()
    assert.match(await bench.tab.locator('.detail').innerText(), /no rule allows rm/)
  })

  it('is one view in the journal, also while a live one is followed', async () => {
    await bench.openSession(LIVE)
    await bench.tab.waitForResponse(response => response.url().endsWith(LIVE))
    const viewed = bench.part.journal.events.filter(({ kind }) => kind === 'session-viewed')
    assert.equal(viewed.length, 1)
  })
})
