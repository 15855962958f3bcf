/** Takes a repair back: tests show the fault with it, and notice when ssh2 has mended itself. */
export type Undo = () => void
