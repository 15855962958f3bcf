/** The bytes are not what they claim to be. Thrown inside a parser, returned at its border. */
export class WireFault extends Error {
  override readonly name = 'WireFault'
}
