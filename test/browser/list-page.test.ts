import assert from 'node:assert/strict'
import { PageBench } from '../support/page-bench.ts'
import { INVESTIGATION, sampleSessions } from '../support/sample-sessions.ts'

describe('the list of sessions, in Chromium', () => {
  const bench = PageBench.use(sampleSessions)

  /** Waits until the list has just so many sessions. */
  const rows = async (count: number): Promise<void> => {
    const last = bench.tab.locator(`tr:nth-child(${count}):last-child`)
    await bench.tab.locator('tbody').filter({ has: last }).waitFor()
  }

  it('keeps its filters in the address', async () => {
    await bench.signIn()
    await bench.tab.getByRole('button', { name: 'With denials' }).click()
    await bench.tab.waitForURL(/denied=true/)
    await rows(3)
    await bench.tab.getByLabel('agent').fill('agent-9')
    await bench.tab.getByLabel('agent').press('Enter')
    await bench.tab.waitForURL(/agent=agent-9/)
    await rows(2)
    await bench.tab.reload()
    await rows(2)
    assert.equal(await bench.tab.getByLabel('agent').inputValue(), 'agent-9')
    await bench.tab.goBack()
    await rows(3)
  })

  it('shows what to know a session by, control characters and direction marks as their codes', async () => {
    await bench.signIn()
    await bench.tab.locator('tbody tr').first().waitFor()
    const lines = await bench.tab.locator('tbody td.headline').allInnerTexts()
    assert.ok(lines.some(line => line !== ''))
    for (const line of lines) assert.doesNotMatch(line, /[\p{Bidi_Control}\p{Cc}]/u)
  })

  it('marks what is live, and opens a session', async () => {
    await bench.signIn()
    await bench.tab.locator('tbody tr').first().waitFor()
    assert.equal(await bench.tab.locator('tbody .badge.live').count(), 1)
    await bench.tab.locator('tbody tr').nth(1).click()
    await bench.tab.waitForURL(`${bench.part.url}/sessions/${INVESTIGATION}`)
  })
})
