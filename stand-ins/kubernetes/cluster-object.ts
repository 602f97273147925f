/** Objects of a cluster of any kind, and answers about them. */

/** Any object, as it would be applied. */
export interface ClusterObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

/** An answer of the API server, with headers that may stand several times. */
export type Answer = readonly [
  status: number,
  body: object | string,
  headers?: Readonly<Record<string, readonly string[]>>,
]
