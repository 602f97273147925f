/**
 * Carries the access entries of the cluster `payments` from the strict AWS to its authenticator, as EKS does within
 * moments.
 */
import { writeFile } from 'node:fs/promises'
import { setInterval as everySo } from 'node:timers/promises'
import type { AccessEntry } from '../../stand-ins/aws/access-entries.ts'
import { PAYMENTS_CLUSTER } from './world.ts'

const LOOK_EVERY_MS = 250

type Entry = Pick<AccessEntry, 'principalArn' | 'username' | 'kubernetesGroups'>

/** The file of aws-iam-authenticator's backend `DynamicFile` (`pkg/mapper/dynamicfile`). */
export function toDynamicFile(entries: readonly Entry[]): object {
  const isRole = ({ principalArn }: Entry) => /:role\//.test(principalArn)
  return {
    mapRoles: entries.filter(isRole).map(({ principalArn, username, kubernetesGroups }) => ({
      rolearn: principalArn,
      username,
      groups: kubernetesGroups,
    })),
    mapUsers: entries
      .filter((entry) => !isRole(entry))
      .map(({ principalArn, username, kubernetesGroups }) => ({
        userarn: principalArn,
        username,
        groups: kubernetesGroups,
      })),
  }
}

/** Keeps `file` as the strict AWS at `awsUrl` has the entries, until it is stopped. */
export function carryAccessEntries(awsUrl: string, file: string): { stop(): Promise<void> } {
  const ending = new AbortController()
  let carried = ''
  async function carry(): Promise<void> {
    const answer = await fetch(`${awsUrl}/_/access-entries/${PAYMENTS_CLUSTER}`)
    const text = JSON.stringify(toDynamicFile((await answer.json()) as readonly Entry[]))
    if (text !== carried) await writeFile(file, text)
    carried = text
  }
  async function keepCarrying(): Promise<void> {
    for await (const _ of everySo(LOOK_EVERY_MS, undefined, { signal: ending.signal }))
      await carry()
  }
  const ended = keepCarrying().catch((error: unknown) => {
    // A page that waits for an entry fails later; why stands here.
    if (!ending.signal.aborted)
      process.stderr.write(`Access entries are carried no more: ${String(error)}\n`)
  })
  return {
    async stop() {
      ending.abort()
      await ended
    },
  }
}
