/**
 * The parts of a pod that the rules of parity mode look at. All else stands beside them, known to Kubernetes or not.
 */

/** Anything in JSON. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

interface Unknowns {
  readonly [key: string]: unknown
}

export interface Pod extends Unknowns {
  readonly metadata: Metadata
  readonly spec: PodSpec
}

export interface Metadata extends Unknowns {
  readonly annotations?: Readonly<Record<string, string>> | null
  readonly labels?: Readonly<Record<string, string>> | null
}

export interface PodSpec extends Unknowns {
  readonly serviceAccountName: string
  readonly nodeSelector?: Readonly<Record<string, string>> | null
  readonly initContainers?: readonly Container[] | null
  readonly containers: readonly Container[]
  readonly volumes?: readonly Volume[] | null
}

export interface Container extends Unknowns {
  readonly name: string
  readonly env?: readonly Variable[] | null
  readonly volumeMounts?: readonly Mount[] | null
}

export interface Variable extends Unknowns {
  readonly name: string
  readonly value?: string
}

export interface Mount extends Unknowns {
  readonly name: string
  readonly mountPath: string
}

export interface Volume extends Unknowns {
  readonly name: string
}
