/** Understands what the demo's application prints. */
import { z } from 'zod'
import type { Entry, Journal, Wait } from './journal.ts'

const line = z.object({
  profile: z.string().optional(),
  identity: z.string().optional(),
  read: z.string().optional(),
  text: z.string().optional(),
  failed: z.string().optional(),
})

/** One line of the application: who it is, what it read, or what failed. */
export type Words = z.infer<typeof line>

/** What a line of output says, or nothing where it is not the application's. */
export function parseWords(text: string): Words | undefined {
  try {
    return line.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

export interface Topic {
  /** The container. */
  readonly from: string
  readonly topic: 'identity' | 'read'
  /** The profile that speaks; absent: the one without a name. */
  readonly profile?: string | undefined
}

/** Waits for words of a container that say a `topic`, or that it failed. */
export async function hear(
  journal: Journal,
  { from, topic, profile }: Topic,
  wait: Wait,
): Promise<Words> {
  const isMeant = (entry: Entry) => {
    const words = entry.from === from ? parseWords(entry.line) : undefined
    if (words?.profile !== profile) return false
    return words?.[topic] !== undefined || words?.failed !== undefined
  }
  const entry = await journal.find(isMeant, wait)
  return parseWords(entry?.line ?? '') ?? { failed: `it said nothing within ${wait.timeoutMs} ms` }
}

/** Counts what a container has read, and what failed, since a point in the journal. */
export function countWords(journal: Journal, from: string, since: number) {
  const words = journal.entries
    .slice(since)
    .flatMap((entry) => (entry.from === from ? [parseWords(entry.line)] : []))
  return {
    reads: words.filter((one) => one?.read !== undefined).length,
    failures: words.flatMap((one) => one?.failed ?? []),
  }
}
