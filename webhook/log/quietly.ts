/** What must not decide whether a review is answered: counting and logging. */

/** Calls `note`, and forgets what it throws: there is nobody who could be told. */
export function quietly(note: () => void): void {
  try {
    note()
  } catch {
    // A lost count or line harms nobody; a lost answer keeps a pod from starting.
  }
}
