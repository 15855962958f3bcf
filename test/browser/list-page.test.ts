import assert from 'node:assert/strict'
import { PageBench } from '../support/page-bench.ts'
import {
  INVESTIGATION,
  sampleSessions,
  UNFILTERED,
  unfiltered,
} from '../support/sample-sessions.ts'

describe('the list of sessions, in Chromium', () => {
  const bench = PageBench.use([...sampleSessions, unfiltered])

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

  it('says of a session that was not judged that it was unfiltered, and says so of each of its commands', async () => {
    await bench.signIn()
    const badges = bench.tab
      .getByText('unfiltered', { exact: true })
      .and(bench.tab.locator('.badge'))
    const row = bench.tab.locator('tbody tr').filter({ has: badges })
    await row.first().waitFor()
    assert.equal(await row.count(), 1)
    for (const [width, isNarrow] of [
      [1400, false],
      [390, true],
    ] as const) {
      await bench.tab.setViewportSize({ width, height: 844 })
      assert.ok(await row.locator(badges).isVisible(), isNarrow ? 'narrow' : 'wide')
    }
    await row.locator('.agent').click()
    await bench.tab.waitForURL(`${bench.part.url}/sessions/${UNFILTERED}`)
    await bench.tab.waitForSelector('.step')
    assert.equal(await bench.tab.locator('.facts').locator(badges).count(), 1)
    assert.equal(await bench.tab.locator('.step').count(), 2)
    assert.equal(await bench.tab.locator('.step').filter({ has: badges }).count(), 2)
    await bench.step('exec "$SHELL" -l').waitFor()

    await bench.tab.goto(`${bench.part.url}/sessions/${INVESTIGATION}`)
    await bench.tab.waitForSelector('.step')
    assert.equal(await badges.count(), 0)
  })

  it('marks what is live, and opens a session', async () => {
    await bench.signIn()
    await bench.tab.locator('tbody tr').first().waitFor()
    assert.equal(await bench.tab.locator('tbody .badge.live').count(), 1)
    await bench.tab.locator('tbody tr').nth(1).click()
    await bench.tab.waitForURL(`${bench.part.url}/sessions/${INVESTIGATION}`)
  })
})
