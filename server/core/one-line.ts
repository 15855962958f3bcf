/** Whether text is safe to keep and to show as one line: no control, invisible or direction-changing characters. */
export function isOneLine(text: string): boolean {
  return !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text)
}
