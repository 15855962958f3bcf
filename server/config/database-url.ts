/**
 * What is wrong with a database URL, or null. The URL may hold a password, so no fault ever repeats
 * any of it.
 */
export function checkDatabaseUrl(text: string): string | null {
  const expected =
    'expected postgres://USER:PASSWORD@HOST:PORT/DATABASE (the value is not shown here)'
  if (!/^postgres(ql)?:\/\//i.test(text)) return expected
  if (!URL.canParse(text))
    return `${expected}; characters such as @ : / # in a password are written %40 %3A %2F %23`
  const { pathname } = new URL(text)
  return pathname.length > 1 ? null : `${expected}: it names no database`
}
