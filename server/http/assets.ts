import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import { complaint, notFound, type Answer } from './answer.ts'

/**
 * The built page, read into memory once. A request can only name what was found then, so no path,
 * however it is spelt, leads out of the folder.
 */
export interface Assets {
  /** The page itself: every address of ours that a person may open. */
  page(): Answer
  /** A file under `/assets/`, named after its content, so it may be kept for ever. */
  file(name: string): Answer
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
}

/** Far more than the page has; a folder that holds more is not the page. */
const MAX_BYTES = 32 * 1024 * 1024

export function openAssets(folder: string): Assets {
  const files = existsSync(folder) ? readFolder(folder) : new Map<string, Buffer>()
  const page = files.get('index.html')
  return {
    page: () => {
      // A bastion without its page still guards and records; only who opens the page must know.
      if (page === undefined) {
        return complaint(503, 'page-missing', 'the page was not built; run "npm run build"')
      }
      return answer('index.html', page, 'no-cache')
    },
    file: name => {
      const body = files.get(`assets/${name}`)
      if (body === undefined) return notFound('this file')
      return answer(name, body, 'public, max-age=31536000, immutable')
    },
  }
}

function readFolder(folder: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || TYPES[extname(entry.name)] === undefined) continue
    const path = join(entry.parentPath, entry.name)
    const content = readFileSync(path)
    bytes += content.length
    if (bytes > MAX_BYTES) throw new Error(`${folder} is larger than a page of ours could be`)
    files.set(path.slice(folder.length + 1).replaceAll(sep, '/'), content)
  }
  return files
}

function answer(name: string, body: Buffer, cacheControl: string): Answer {
  return {
    status: 200,
    headers: {
      'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
      'cache-control': cacheControl,
    },
    body,
  }
}
