import { create, type Player, type Source } from 'asciinema-player'
import type { DriverEvents, PlayerDriver } from './player-driver.ts'

/** Puts the player's terminal into an element: its picture only, our own controls stand below it. */
export function mountTerminal(
  element: HTMLElement,
  driver: (events: DriverEvents) => PlayerDriver,
  size: { columns: number; rows: number },
): Player {
  // The player takes a function as source and always has; its type declarations leave it out.
  const source = driver as unknown as Source
  return create(source, element, {
    cols: size.columns,
    rows: size.rows,
    fit: 'both',
    controls: false,
    theme: 'sallyport',
    cursorMode: 'steady',
    terminalLineHeight: 1.3,
  })
}
