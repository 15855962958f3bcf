/** A policy as the judge uses it: read, checked, its patterns compiled. Plain data, so that it can be sent to a worker. */
export interface Policy {
  readonly name: string
  /** Lower-case hex SHA-256 of the YAML text. */
  readonly digest: string
  readonly text: string
}
