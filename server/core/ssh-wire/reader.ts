import { WireFault } from './wire-fault.ts'

/**
 * Reads the data types of RFC 4251 §5, front to back.
 *
 * A read either yields the whole field or throws `WireFault`. Lengths come from the peer, so each
 * one is compared with what is left. What it yields are views of the bytes it was given: whoever
 * keeps them longer than the packet lives copies first.
 */
export class WireReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** How many bytes were read so far. */
  get at(): number {
    return this.#at
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  byte(field: string): number {
    return this.#view.getUint8(this.#take(1, field))
  }

  uint32(field: string): number {
    return this.#view.getUint32(this.#take(4, field))
  }

  uint64(field: string): bigint {
    return this.#view.getBigUint64(this.#take(8, field))
  }

  string(field: string): Uint8Array {
    const length = this.uint32(field)
    const start = this.#take(length, field)
    return this.#bytes.subarray(start, start + length)
  }

  /**
   * A string that a person reads. It must be UTF-8 without NUL: OpenSSH ends such a string at its
   * first NUL, so one with more behind it would mean two things to two readers.
   */
  text(field: string): string {
    const bytes = this.string(field)
    if (bytes.includes(0)) throw new WireFault(`${field}: contains a NUL`)
    try {
      return strictUtf8.decode(bytes)
    } catch {
      throw new WireFault(`${field}: is not UTF-8`) // bad input, not a failure of ours
    }
  }

  /**
   * The magnitude of a positive `mpint`, big-endian, without the sign byte. A longer spelling of the
   * same number is a fault (RFC 4251 §5 forbids it): one key must have one fingerprint.
   */
  positiveMpint(field: string): Uint8Array {
    const bytes = this.string(field)
    const [first, second] = bytes
    if (first === undefined) throw new WireFault(`${field}: is zero`)
    if (first >= 0x80) throw new WireFault(`${field}: is negative`)
    if (first !== 0) return bytes
    if (second === undefined || second < 0x80) throw new WireFault(`${field}: has a needless zero`)
    return bytes.subarray(1)
  }

  /** Every parser ends here: what nobody asked for, nobody has checked. */
  end(): void {
    const left = this.#bytes.length - this.#at
    if (left > 0) throw new WireFault(`${left} bytes too many at the end`)
  }

  /** Moves on by `length` and returns where the field starts. */
  #take(length: number, field: string): number {
    const left = this.#bytes.length - this.#at
    if (length > left) throw new WireFault(`${field}: needs ${length} bytes, ${left} left`)
    this.#at += length
    return this.#at - length
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
