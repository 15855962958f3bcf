/** A tab in a real Chromium on a browser part of its own, watched for what must never happen. */
import assert from 'node:assert/strict'
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import type { HttpParts } from '../../server/http/server.ts'
import { buildPage, launchChromium } from './browser.ts'
import { startBrowserPart, type BrowserPart } from './browser-part.ts'
import type { RecordedSession } from './recorded-sessions.ts'

const WIDE = { width: 1400, height: 860 }

export class PageBench {
  part!: BrowserPart
  context!: BrowserContext
  tab!: Page
  /** Where else the page may lead: an identity provider that the test started. */
  readonly elsewhere = new Set<string>()
  #browser!: Browser
  #built!: Awaited<ReturnType<typeof buildPage>>
  /** Script errors, dialogs, violations of the policy, requests to anybody else. */
  #trouble: string[] = []

  /** Registers the hooks; call it inside `describe`. */
  static use(
    sessions: readonly RecordedSession[],
    parts: () => Partial<HttpParts> = () => ({}),
  ): PageBench {
    const bench = new PageBench()
    before(async function () {
      this.timeout(60_000)
      bench.#built = await buildPage()
      bench.#browser = await launchChromium()
    })
    after(async () => {
      await bench.#browser.close()
      await bench.#built.remove()
    })
    beforeEach(async () => {
      bench.part = await startBrowserPart(sessions, bench.#built.folder, parts())
      await bench.openContext({})
    })
    afterEach(async () => {
      await bench.context.close()
      await bench.part.close()
      assert.deepEqual(bench.#trouble, [])
    })
    return bench
  }

  async openContext(options: BrowserContextOptions): Promise<void> {
    this.context = await this.#browser.newContext({ viewport: WIDE, ...options })
    this.tab = await this.context.newPage()
    this.#trouble = []
    this.tab.on('pageerror', error => this.#trouble.push(`page error: ${error.message}`))
    this.tab.on('dialog', dialog => {
      this.#trouble.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    this.tab.on('request', request => {
      const { origin } = new URL(request.url())
      if (origin !== this.part.url && !this.elsewhere.has(origin)) {
        this.#trouble.push(`asked ${request.url()}`)
      }
    })
    this.tab.on('console', message => {
      if (/Content Security Policy/i.test(message.text())) this.#trouble.push(message.text())
    })
    // As text: tests are compiled without the browser's types.
    await this.tab.addInitScript(`document.addEventListener('securitypolicyviolation', event =>
      console.error('Content Security Policy: ' + event.violatedDirective + ' ' + event.blockedURI))`)
  }

  async signIn(): Promise<void> {
    await this.tab.goto(this.part.url + (await this.part.link('viewer')))
    await this.tab.waitForURL(`${this.part.url}/`)
    await this.tab.waitForSelector('h1')
  }

  async openSession(id: string, query = ''): Promise<void> {
    await this.signIn()
    await this.tab.goto(`${this.part.url}/sessions/${id}${query}`)
    await this.tab.waitForSelector('.ap-term-text')
  }

  /** A line of the list of commands. */
  step(words: string): Locator {
    return this.tab.locator('.step').filter({ hasText: words })
  }

  async stepIsChosen(words: string): Promise<void> {
    await this.tab.locator('.step[aria-selected=true]').filter({ hasText: words }).waitFor()
  }

  /** What the terminal shows now. */
  screen(): Promise<string> {
    return this.tab.locator('.ap-term-text').innerText()
  }

  async screenShows(words: string): Promise<void> {
    await this.tab.locator('.ap-term-text').filter({ hasText: words }).waitFor()
  }
}
