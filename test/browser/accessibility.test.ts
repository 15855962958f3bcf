import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { PageBench } from '../support/page-bench.ts'
import {
  HOSTILE,
  INVESTIGATION,
  sampleSessions,
  UNFILTERED,
  unfiltered,
} from '../support/sample-sessions.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

describe('the page for everybody, in Chromium', () => {
  const bench = PageBench.use([...sampleSessions, unfiltered])

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [what, viewport] of [
      ['wide', { width: 1400, height: 860 }],
      ['narrow', { width: 390, height: 844 }],
    ] as const) {
      it(`finds nothing amiss, ${colorScheme} and ${what}`, async function () {
        this.timeout(60_000)
        await bench.context.close()
        // The checker itself is what the page's policy would stop.
        await bench.openContext({ colorScheme, viewport, bypassCSP: true })
        await bench.tab.goto(`${bench.part.url}/sign-in`)
        await bench.tab.getByText('You are not signed in.').waitFor()
        await findNothingAmiss('sign-in')
        await bench.signIn()
        await bench.tab.waitForSelector('tbody tr')
        await findNothingAmiss('list')
        await bench.tab.goto(`${bench.part.url}/sessions/${INVESTIGATION}?step=12`)
        await bench.tab.waitForSelector('.detail')
        await bench.tab.locator('summary').click()
        await findNothingAmiss('session')
        await bench.tab.goto(`${bench.part.url}/sessions/${HOSTILE}`)
        await bench.tab.waitForSelector('.ap-term-text')
        await bench.step('onerror').click()
        await bench.screenShows('done')
        await findNothingAmiss('hostile')
        await bench.tab.goto(`${bench.part.url}/sessions/${UNFILTERED}?step=2`)
        await bench.tab.waitForSelector('.detail')
        await findNothingAmiss('unfiltered')
      })
    }
  }

  async function findNothingAmiss(where: string): Promise<void> {
    await bench.tab.evaluate(AXE)
    const found = await bench.tab.evaluate(`axe.run().then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`)
    assert.deepEqual(found, [], where)
    const overflow = await bench.tab.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    assert.equal(overflow, 0, `${where} is wider than the window`)
  }
})
