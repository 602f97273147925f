/** What scenarios do to AWS while it runs: its control paths. Each function's result takes back what it did. */
import { z } from 'zod'
import type { Fault } from '../../stand-ins/aws/faults.ts'
import type { TrailEntry } from '../../stand-ins/aws/trail.ts'
import { AWS_URL } from './suite.ts'

type TakeBack = () => Promise<void>

async function control(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${AWS_URL}/_/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const value: unknown = await answer.json()
  if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`)
  return value
}

/** Gives a role another trust policy; taken back by the one given as `before`. */
export async function changeTrust(
  roleArn: string,
  { now, before }: { readonly now: object; readonly before: object },
): Promise<TakeBack> {
  const path = `trust-policies/${roleArn}`
  await control('PUT', path, now)
  return async () => {
    await control('PUT', path, before)
  }
}

async function addFault(fault: Fault): Promise<TakeBack> {
  const { id } = z.object({ id: z.number() }).parse(await control('POST', 'faults', fault))
  return async () => {
    await control('DELETE', `faults/${id}`)
  }
}

/** Takes away what issues sessions; those that are held stay good, and other calls go on. */
export async function takeStsDown(): Promise<TakeBack> {
  const takeBacks = await Promise.all(
    ['AssumeRoleWithWebIdentity', 'AssumeRole'].map((operation) =>
      addFault({ kind: 'reset', operation }),
    ),
  )
  return async () => {
    for (const takeBack of takeBacks) await takeBack()
  }
}

/** Lets sessions that come later live `scale` times shorter. */
export async function hurryTime(scale: number): Promise<TakeBack> {
  await control('PUT', 'time-scale', scale)
  return async () => {
    await control('PUT', 'time-scale', 1)
  }
}

/** Every call so far, oldest first. */
export async function readTrail(): Promise<readonly TrailEntry[]> {
  return (await control('GET', 'trail')) as readonly TrailEntry[]
}
