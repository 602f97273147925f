/** What has been made, and how to take it back: also when a part of it fails, and told to the reader for that case. */

/** One thing that is to be deleted. */
export interface Undo {
  readonly what: string
  /** What the reader types where the run cannot do it. */
  readonly byHand: string
  readonly undo: () => Promise<unknown>
}

/** Takes everything back, the latest first. What cannot be taken back keeps nothing else; it is given back as told. */
export async function undoAll(
  made: readonly Undo[],
  say: (sentence: string) => void,
): Promise<readonly string[]> {
  const leftOver: string[] = []
  for (const { what, byHand, undo } of made.toReversed()) {
    say(`Deleting ${what}.`)
    try {
      await undo()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const told = `${what}: ${reason}\n  by hand: ${byHand}`
      say(`Not deleted: ${told}`)
      leftOver.push(told)
    }
  }
  return leftOver
}
