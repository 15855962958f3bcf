import type { Word } from '../reading.ts'

/**
 * A word in which a program puts what it finds in place of `marker` (`find -exec … {}`, `xargs -I R`).
 * `found` is what every finding begins with. A word that is only known when it runs may complete a marker
 * that its beginning starts: `{$(true)}` is `{}`.
 */
export function withFindings(word: Word, marker: string, found: string): Word {
  const text = word.is === 'literal' ? word.text : word.prefix
  const place = text.indexOf(marker)
  if (word.is === 'literal' && place === -1) return word
  const before = place === -1 ? withoutBeginningOf(marker, text) : text.slice(0, place)
  const source = word.is === 'literal' ? word.text : word.source
  const several = word.is === 'dynamic' && word.several
  return { is: 'dynamic', source, prefix: place === 0 ? found : before, several }
}

/** `text` without the end of it that could be the beginning of a marker. */
function withoutBeginningOf(marker: string, text: string): string {
  for (let length = Math.min(marker.length, text.length); length > 0; length -= 1) {
    if (text.endsWith(marker.slice(0, length))) return text.slice(0, -length)
  }
  return text
}
