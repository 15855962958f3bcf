/** Lines of earlier interactive sessions, where a policy lets a new one remember them. `store` keeps the promise. */
export interface LineHistory {
  /** What the agent entered on this target as this login, oldest first, let through or not; bounded. */
  recent(of: {
    readonly agent: string
    /** Whom it works for: one person's lines are not shown to another. */
    readonly onBehalfOf: string | null
    readonly target: string
    readonly login: string
  }): Promise<readonly string[]>
}
