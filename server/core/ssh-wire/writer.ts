/** Writes the data types of RFC 4251 §5, front to back. */
export class WireWriter {
  readonly #parts: Uint8Array[] = []

  byte(value: number): this {
    return this.raw(Uint8Array.of(value))
  }

  uint32(value: number): this {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setUint32(0, value)
    return this.raw(bytes)
  }

  uint64(value: bigint): this {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, value)
    return this.raw(bytes)
  }

  /** Text is written as UTF-8. */
  string(value: Uint8Array | string): this {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
    return this.uint32(bytes.length).raw(bytes)
  }

  /** A number of zero or more, given as its big-endian magnitude with any number of leading zeros. */
  mpint(magnitude: Uint8Array): this {
    const firstDigit = magnitude.findIndex(byte => byte !== 0)
    if (firstDigit === -1) return this.uint32(0)
    const digits = magnitude.subarray(firstDigit)
    const needsSign = (digits[0] ?? 0) >= 0x80
    this.uint32(digits.length + (needsSign ? 1 : 0))
    if (needsSign) this.byte(0)
    return this.raw(digits)
  }

  /** Bytes without a length before them. */
  raw(bytes: Uint8Array): this {
    this.#parts.push(bytes)
    return this
  }

  bytes(): Uint8Array {
    const whole = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of this.#parts) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  }
}
