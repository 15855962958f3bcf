/** A real Chromium, and the page as `npm run build` makes it. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { build } from 'vite'

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? CANDIDATES.find(path => existsSync(path))
  if (executablePath === undefined) {
    throw new Error('no Chromium found; install one, or name it in the environment: CHROMIUM=/path')
  }
  return chromium.launch({
    executablePath,
    // Chromium's sandbox refuses to run as root; the pages here are our own.
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--no-first-run',
    ],
  })
}

/** Builds the page into a folder of its own, so that a test never sees a stale or a moving one. */
export async function buildPage(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-page-'))
  const root = resolve(import.meta.dirname, '../../replay-ui')
  await build({
    root,
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true },
  })
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
