/** What must not decide whether a review is answered: counting and logging. */

/** Calls `note`, and ignores what it throws: nobody could be told of it. */
export function quietly(note: () => void): void {
  try {
    note()
  } catch {
    // A lost count or line does no harm. A lost answer stops a pod from starting.
  }
}
