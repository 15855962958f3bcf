/** How many terminal cells a text takes: wide characters (East Asian, emoji) take two, combining marks none. */
export function cellsOf(text: string): number {
  let cells = 0
  for (const character of text) cells += cellsOfCharacter(character)
  return cells
}

/** The text, or its beginning and an ellipsis, in at most `room` cells. */
export function cutToCells(text: string, room: number): string {
  if (cellsOf(text) <= room) return text
  let cut = ''
  let cells = 0
  for (const character of text) {
    cells += cellsOfCharacter(character)
    if (cells > room - 1) break
    cut += character
  }
  return `${cut}…`
}

// Unicode's East_Asian_Width W and F in coarse blocks; a character misjudged shifts a column, no more.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u

function cellsOfCharacter(character: string): number {
  if (/^\p{M}$/u.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
