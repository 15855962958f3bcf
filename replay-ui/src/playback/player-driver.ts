/** What the player's core lets a source of one's own tell it (asciinema-player 3.17, `src/core.js`). */
export interface DriverEvents {
  dispatch(name: 'output', text: readonly string[]): void
  dispatch(name: 'resize', size: { cols: number; rows: number }): void
  dispatch(
    name: 'reset',
    start: { size: { cols: number; rows: number }; init: string; theme: null },
  ): void
  dispatch(
    name: 'metadata',
    facts: { duration: number; markers: readonly never[]; hasAudio: boolean },
  ): void
  dispatch(name: 'play' | 'playing' | 'pause' | 'ended' | 'seeked'): void
}

/** What the core asks of it. */
export interface PlayerDriver {
  init(): Promise<void>
  play(): Promise<void>
  pause(): void
  seek(where: unknown): Promise<boolean>
  stop(): void
  getCurrentTime(): number
  getDuration(): number
}
