/**
 * What goes wrong on purpose: a script of faults, each for some calls, for a share of them, or until it is taken back.
 * It chooses; `server.ts` carries out.
 */
import { z } from 'zod'

const scope = {
  /** Only for this operation, e.g. `AssumeRole`; absent: for all of both services. */
  operation: z.string().optional(),
  /** Only for the next so many calls; absent: until it is taken back. */
  calls: z.int().positive().optional(),
  /** Only for this part of the calls, evenly spread: 0.5 is every second one. */
  share: z.number().gt(0).max(1).optional(),
}

/** A fault as scripts write it, checked where it comes from another process. */
export const faultSchema = z.discriminatedUnion('kind', [
  /** The answer comes later; the call is judged when it arrives. */
  z.strictObject({ kind: z.literal('delay'), delayMs: z.number().positive(), ...scope }),
  z.strictObject({
    kind: z.literal('error'),
    status: z.int().min(400).max(599),
    code: z.string(),
    message: z.string().optional(),
    retryAfterSeconds: z.number().optional(),
    ...scope,
  }),
  /** The service's own way to say "slower". */
  z.strictObject({
    kind: z.literal('throttle'),
    retryAfterSeconds: z.number().optional(),
    ...scope,
  }),
  /** The connection is reset before the call is judged. */
  z.strictObject({ kind: z.literal('reset'), ...scope }),
  /** The call is judged, but the answer is 200 with bytes that are no XML. */
  z.strictObject({ kind: z.literal('garbage'), ...scope }),
  /** The call is judged, but the connection ends in the middle of the body. */
  z.strictObject({ kind: z.literal('cut_off'), ...scope }),
  /** The clock of AWS is off by so much: positive is ahead. */
  z.strictObject({ kind: z.literal('clock'), offsetMs: z.number(), ...scope }),
])
/** A fault with its scope; without `calls` and `share` it hits every call until it is taken back. */
export type Fault = z.infer<typeof faultSchema>

interface ActiveFault {
  readonly id: number
  readonly fault: Fault
  matchedCalls: number
  firedCalls: number
}

/** The faults that are in force; they add up. */
export interface FaultScript {
  add(fault: Fault): number
  remove(id: number): void
  clear(): void
  list(): readonly ({ id: number } & Fault)[]
  /** The faults that hit the next call of an operation; counts the call. */
  draw(operation: string): readonly Fault[]
}

/** Whether the share's count grows with this call: evenly spread, without chance. */
function isDue({ fault, matchedCalls }: ActiveFault): boolean {
  const share = fault.share ?? 1
  return Math.floor(matchedCalls * share) > Math.floor((matchedCalls - 1) * share)
}

/** A script without faults. */
export function createFaultScript(): FaultScript {
  let nextId = 1
  let active: ActiveFault[] = []
  const remove = (id: number) => {
    active = active.filter((one) => one.id !== id)
  }
  return {
    add(fault) {
      const id = nextId++
      active.push({ id, fault, matchedCalls: 0, firedCalls: 0 })
      return id
    },
    remove,
    clear() {
      active = []
    },
    list: () => active.map(({ id, fault }) => ({ id, ...fault })),
    draw(operation) {
      const drawn: Fault[] = []
      for (const one of active) {
        if (one.fault.operation !== undefined && one.fault.operation !== operation) continue
        one.matchedCalls++
        if (!isDue(one)) continue
        one.firedCalls++
        drawn.push(one.fault)
        if (one.firedCalls === one.fault.calls) remove(one.id)
      }
      return drawn
    },
  }
}
