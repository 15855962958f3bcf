/**
 * JSON that a terminal can be shown: what JSON.stringify leaves as it is (C1 controls, direction marks,
 * DEL) is written as \\uXXXX, which means the same to every reader.
 */
export function safeJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, character =>
    character === '\n'
      ? character
      : Array.from(
          { length: character.length },
          (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
        ).join(''),
  )
}
