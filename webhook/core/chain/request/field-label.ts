/** How messages about hops name the place that their author knows. */
import type { Hop } from '../../../../sidecar/contract.ts'
import type { SourceKind } from '../../vocabulary/keys.ts'

/** Names a field of a hop for messages, by the place where its author wrote it. `hop` counts all hops from 0. */
export type FieldLabel = (hop: number, field: keyof Hop) => string

/** With the source of the chain. */
export interface Beginning {
  readonly label: FieldLabel
  readonly source: SourceKind
}
