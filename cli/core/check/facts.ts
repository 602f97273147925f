/** What `check` judges by: objects of the cluster as its API server gives them, and what was tried beside. */
import type { JsonObject } from '../../../webhook/core/formats/json.ts'

/** Something that was looked at, or why it could not be. */
export type Seen<Value> =
  | { readonly kind: 'seen'; readonly value: Value }
  | { readonly kind: 'unseen'; readonly why: string }

export type Objects = Seen<readonly JsonObject[]>

/** What is read as lists, by their names here. */
export interface ListFacts {
  readonly nodes: Objects
  readonly namespaces: Objects
  readonly mutatingConfigurations: Objects
  readonly validatingConfigurations: Objects
  readonly policies: Objects
  readonly policyBindings: Objects
  /** Of the webhook, in whatever namespace. */
  readonly deployments: Objects
  readonly webhookPods: Objects
  readonly configMaps: Objects
  /** Of the namespaces that are looked at. */
  readonly pods: Objects
  readonly serviceAccounts: Objects
  readonly events: Objects
  readonly limitRanges: Objects
  readonly resourceQuotas: Objects
}

/** What a token says that the API server makes for nobody in particular. */
export interface TokenFacts {
  readonly issuer: string
  readonly audiences: readonly string[]
}

/** The issuer as AWS sees it: from the internet. Each part is tried only where the one before was good. */
export interface IssuerFacts {
  readonly url: string
  readonly document: Seen<{ readonly issuer: string; readonly keysUrl: string }>
  readonly keys: Seen<{ readonly count: number }>
  /** The token verifies with these keys. */
  readonly verification: Seen<true>
}

/** What a webhook serves, looked at with the `caBundle` of an entry. */
export interface ServedFacts {
  readonly pod: string
  /** Null where the `caBundle` verifies it. */
  readonly problem: string | null
  readonly endsAtMs: number
}

/** Something that somebody may do or not. */
export interface RightFacts {
  readonly what: string
  readonly isAllowed: boolean
}

/** Entries of the webhook that a dry run can show. */
export const TRIED_ENTRIES = ['chain', 'enforce', 'rest', 'templates'] as const

export type TriedEntry = (typeof TRIED_ENTRIES)[number]

/** An object that was sent as a dry run, so that one entry has to judge it. */
export interface TrialFacts {
  readonly entry: TriedEntry
  readonly namespace: string
  /** Of the API server's answer. */
  readonly status: number
  /** Why it was refused; empty where it was not. */
  readonly message: string
  readonly warnings: readonly string[]
  readonly hasSidecar: boolean
  /** The stamp that the webhook gives now; null where it gave none. */
  readonly stamp: string | null
}

/** All facts of one look at a cluster. */
export interface CheckFacts extends ListFacts {
  readonly nowMs: number
  readonly version: Seen<{
    readonly major: number
    readonly minor: number
    readonly gitVersion: string
  }>
  readonly token: Seen<TokenFacts>
  readonly issuer: Seen<IssuerFacts>
  /** Undefined where nothing is installed. */
  readonly webhookRights: Seen<readonly RightFacts[]>
  readonly ownRights: Seen<readonly RightFacts[]>
  readonly served: Seen<readonly ServedFacts[]>
  readonly trials: Seen<readonly TrialFacts[]>
}

export function seen<Value>(value: Value): Seen<Value> {
  return { kind: 'seen', value }
}

export function unseen<Value>(why: string): Seen<Value> {
  return { kind: 'unseen', why }
}

/** What was seen, or a stand-in for it. */
export function seenOr<Value>(fact: Seen<Value>, otherwise: Value): Value {
  return fact.kind === 'seen' ? fact.value : otherwise
}
