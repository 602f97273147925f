/**
 * Keys that are meant for us and have no effect as they stand: misspelt, under another prefix, as a label, or on a
 * service account where only the pod's count. It decides nothing about the values of keys that count.
 */
import type { Annotations } from './annotations.ts'
import type { AnnotationNames } from '../configuration/configuration.ts'
import {
  CHAIN_KEYS,
  CHAIN_KEY_NAMES,
  STAMP_KEY,
  TARGET_KEYS,
  type ChainKey,
} from '../vocabulary/keys.ts'
import type { Pod } from '../pod/pod.ts'
import type { Finding } from '../vocabulary/reasons.ts'
import { readMeantKey, readSpelling, resembles, type MeantKey } from './spelling.ts'
import { holdsRoleArn, isRoleArnList } from '../formats/limits.ts'
import type { Workload } from '../pod/workload-template.ts'

/**
 * Such a key, as a finding, and what it means for the pod.
 *
 *   target  | it asks for a target: without it the pod would run as somebody else
 *   setting | it stands under our prefix and may have been meant for a target's settings
 *   hint    | it may be meant for us, or for somebody else
 */
export interface StrayKey extends Finding {
  readonly kind: 'target' | 'setting' | 'hint'
}

/** What {@link readStrayKeys} looks at. */
export interface KeySources {
  readonly pod: Annotations
  readonly labels: Annotations
  readonly serviceAccount: Annotations
}

/**
 * More of our prefix in one object are no mistake of somebody who writes by hand: they are not looked at one by one.
 */
const LOOKED_AT = 50

/** Says whether an object has a misspelt key of ours that asks for a target. */
export function misspellsTarget(
  annotations: Annotations,
  { chainAnnotationPrefix }: AnnotationNames,
): boolean {
  const unknown = unknownKeys(annotations, `${chainAnnotationPrefix}/`)
  return (
    unknown.length > LOOKED_AT || unknown.some(([key, value]) => readMeantKey(key, value).isTarget)
  )
}

/** All such keys of a pod and its service account. Labels count only where no annotation of that name is there too. */
export function readStrayKeys(
  { pod, labels, serviceAccount }: KeySources,
  configuration: AnnotationNames,
): readonly StrayKey[] {
  const prefix = `${configuration.chainAnnotationPrefix}/`
  const ofServiceAccount = 'on the service account'
  return [
    ...podOnlyKeys(serviceAccount, configuration),
    ...unknownAnnotations(pod, prefix, ''),
    ...unknownAnnotations(serviceAccount, prefix, ` (${ofServiceAccount})`),
    ...keysOfLabels(labels, pod, prefix),
    ...otherPrefixes(pod, configuration, ''),
    ...otherPrefixes(labels, configuration, ' (a label)'),
    ...otherPrefixes(serviceAccount, configuration, ` (${ofServiceAccount})`),
  ]
}

/**
 * What a workload is told of keys: those of ours on itself, where they have no effect unless its pods have them too,
 * and those that may be meant for us there and on its pods. Its `pod` is null where the template makes none.
 */
export function readKeysOfWorkload(
  { kind, keys, pod }: Workload & { readonly pod: Pod | null },
  configuration: AnnotationNames,
): readonly Finding[] {
  const annotations = pod?.annotations ?? {}
  const prefix = `${configuration.chainAnnotationPrefix}/`
  const toMisplaced = (name: string, value: string): Finding => {
    const { key } = readKey(name.slice(prefix.length), value)
    const fix =
      key === null ? 'remove it' : `set ${prefix}${key} in the annotations of its pod template`
    const message = `${name} stands on the ${kind} itself, where it has no effect; ${fix}`
    return { reason: 'misplaced_key', message }
  }
  return [
    ...keys.flatMap((own) => [
      ...Object.keys(own)
        .filter((name) => name.startsWith(prefix) && name !== configuration.stampName)
        .filter((name) => annotations[name] === undefined)
        .slice(0, LOOKED_AT)
        .map((name) => toMisplaced(name, own[name] ?? '')),
      ...otherPrefixes(own, configuration, ` (on the ${kind})`),
    ]),
    ...otherPrefixes(annotations, configuration, ''),
    ...otherPrefixes(pod?.labels ?? {}, configuration, ' (a label)'),
  ]
}

const POD_ONLY = CHAIN_KEY_NAMES.filter((key) => CHAIN_KEYS[key].place === 'pod')

function podOnlyKeys(
  serviceAccount: Annotations,
  { annotationNames }: AnnotationNames,
): readonly StrayKey[] {
  return POD_ONLY.map((key) => annotationNames[key])
    .filter((name) => serviceAccount[name] !== undefined)
    .map((name) => ({
      kind: 'setting',
      reason: 'pod_only_key',
      message: `${name} stands on the service account, where it has no effect; set it on the pod`,
    }))
}

function unknownAnnotations(
  annotations: Annotations,
  prefix: string,
  place: string,
): readonly StrayKey[] {
  const unknown = unknownKeys(annotations, prefix)
  if (unknown.length > LOOKED_AT) {
    const message = `there are ${unknown.length} annotations of ${prefix}${place} that do not exist; remove them`
    return [{ kind: 'target', reason: 'unknown_key', message }]
  }
  return unknown.map(([key, value]): StrayKey => {
    const { key: meant, isTarget } = readMeantKey(key, value)
    const fix = meant === null ? 'remove it' : `did you mean ${prefix}${meant}?`
    return {
      kind: isTarget ? 'target' : 'setting',
      reason: 'unknown_key',
      message: `${prefix}${key}${place}: there is no such annotation; ${fix}`,
    }
  })
}

/** The keys without their prefix, and the values. */
function unknownKeys(
  annotations: Annotations,
  prefix: string,
): readonly (readonly [key: string, value: string])[] {
  return Object.keys(annotations)
    .filter((name) => name.startsWith(prefix))
    .map((name) => [name.slice(prefix.length), annotations[name] ?? ''] as const)
    .filter(([key]) => !isKey(key) && key !== STAMP_KEY)
}

/**
 * Labels hold names of chains, but no ARN: a pod that asks for a target by label alone is told, and any other key is a
 * hint.
 */
function keysOfLabels(
  labels: Annotations,
  annotations: Annotations,
  prefix: string,
): readonly StrayKey[] {
  return Object.keys(labels)
    .filter((name) => name.startsWith(prefix) && annotations[name] === undefined)
    .slice(0, LOOKED_AT)
    .flatMap((name): readonly StrayKey[] => {
      const { key, isTarget } = readKey(name.slice(prefix.length), labels[name] ?? '')
      if (key === null) return []
      return [
        {
          kind: isTarget ? 'target' : 'hint',
          reason: 'misplaced_key',
          message: `${name} is a label, where it has no effect; write the annotation ${prefix}${key}`,
        },
      ]
    })
}

/**
 * Nobody is refused by these: another installation may have another prefix.
 *
 *   prefix          | key                                       | value        | told
 *   --------------- | ----------------------------------------- | ------------ | ----
 *   resembles ours  | one of ours, or begins with target        | any          | yes
 *   any other, none | begins with target-role, in any spelling  | any          | yes
 *   any other, none | target or targets                         | a role's ARN | yes
 */
function otherPrefixes(
  annotations: Annotations,
  configuration: AnnotationNames,
  place: string,
): readonly StrayKey[] {
  const prefix = `${configuration.chainAnnotationPrefix}/`
  return Object.keys(annotations)
    .filter((name) => SUSPICIOUS.test(name) && !name.startsWith(prefix))
    .slice(0, LOOKED_AT)
    .flatMap((name): readonly StrayKey[] => {
      const meant = readForeignKey(name, annotations[name] ?? '', configuration)
      if (meant === null) return []
      return [
        {
          kind: 'hint',
          reason: 'other_prefix',
          message: `${name}${place} has no effect: annotations for rolechain begin with ${prefix} here; did you mean ${prefix}${meant}?`,
        },
      ]
    })
}

/** The word that marks our keys under any prefix. */
const PRODUCT = 'rolechain'

/** Most annotations of most pods are somebody else's, so they get one quick look. */
const SUSPICIOUS = /target|rolechain/i

/** The key of ours that was meant under another prefix; null where it is somebody else's. */
function readForeignKey(
  name: string,
  value: string,
  { chainAnnotationPrefix }: AnnotationNames,
): ChainKey | null {
  const slash = name.lastIndexOf('/')
  const before = readSpelling(name.slice(0, Math.max(0, slash)))
  const whole = readSpelling(name.slice(slash + 1))
  // The prefix may be in front without a slash, as in `rolechain.io.target-role-arn`.
  const heads = [readSpelling(chainAnnotationPrefix), `${PRODUCT}io`, PRODUCT]
  const head = slash === -1 ? heads.find((word) => whole.startsWith(word)) : undefined
  const key = head === undefined ? whole : whole.slice(head.length)
  const isOurs =
    head !== undefined ||
    before.includes(PRODUCT) ||
    resembles(before, readSpelling(chainAnnotationPrefix))
  const { key: meant, isTarget } = readKey(key, value)
  if (isOurs) return meant
  const isMeant = key.startsWith('targetrole') || (/^targets?$/.test(key) && holdsRoleArn(value))
  return isTarget && isMeant ? meant : null
}

/** The key itself where there is such a one, in any spelling. */
function readKey(written: string, value: string): MeantKey {
  const word = readSpelling(written)
  const key = CHAIN_KEY_NAMES.find((known) => readSpelling(known) === word)
  if (key === undefined || isRoleArnList(value)) return readMeantKey(written, value)
  return { key, isTarget: TARGET_KEYS.some((known) => known === key) }
}

function isKey(key: string): boolean {
  return Object.hasOwn(CHAIN_KEYS, key)
}
