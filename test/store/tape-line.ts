/** What the recording child writes as line `line` of a channel: characters of every length, and bytes that are none. */
export function tapeLine(channel: number, line: number): Uint8Array {
  const text = `${channel}:${line}:${'aé€🚪'.repeat(line % 40)}\n`
  return Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0xe2].slice(line % 3))])
}
