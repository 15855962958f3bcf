/** The keys cannot be used as they lie there. The message tells a person what to do about it. */
export class KeysFault extends Error {
  override readonly name = 'KeysFault'
}
