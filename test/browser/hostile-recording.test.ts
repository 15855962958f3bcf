import assert from 'node:assert/strict'
import { PageBench } from '../support/page-bench.ts'
import { HOSTILE, sampleSessions } from '../support/sample-sessions.ts'

describe('a hostile recording, in Chromium', () => {
  const bench = PageBench.use(sampleSessions)

  it('plays a hostile recording as the text it is', async () => {
    await bench.context.grantPermissions(['clipboard-read', 'clipboard-write'], {
      origin: bench.part.url,
    })
    await bench.openSession(HOSTILE)
    await bench.tab.evaluate("navigator.clipboard.writeText('untouched')")
    await bench.step('onerror').click()
    await bench.screenShows('done')
    const shown = await bench.screen()
    assert.match(shown, /<img src=x onerror="window\.pwned=1"><script>window\.pwned=1<\/script>/)
    assert.match(shown, /abc⇄def⇄/)
    assert.match(shown, /lone \ufffd surrogate/)
    assert.equal(await bench.tab.evaluate("'pwned' in window"), false)
    assert.equal(await bench.tab.evaluate('navigator.clipboard.readText()'), 'untouched')
    assert.equal(await bench.tab.title(), `${HOSTILE.slice(0, 8)} · Sallyport`)
    assert.equal(await bench.tab.locator('.screen a, .screen img, .screen script').count(), 0)
    assert.equal(await bench.tab.locator('img, script:not([src])').count(), 0)

    const words = await bench.step('onerror').locator('.words').innerText()
    assert.match(words, /cat U\+202Egpj\.tacU\+2066 <img src=x onerror=alert\(1\)>/)
    assert.match(
      await bench.step('rm -rf').locator('.words').innerText(),
      /ESC\]0;xU\+0007"\\nrm -rf/,
    )
  })
})
