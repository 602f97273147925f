/** Targets of a container as its profiles, in which regions its calls go, and what its owner is to know of both. */
import { DEFAULT_TARGET, type Profile } from '../../../../sidecar/contract.ts'
import { toContainerList } from '../../formats/name-list.ts'
import { findVariable, type Container } from '../../pod/pod.ts'
import { PROFILE_VARIABLES, REGION_VARIABLES } from '../../vocabulary/names.ts'
import type { Finding } from '../../vocabulary/reasons.ts'
import type { Assignment } from '../request/assignment.ts'

/** What is asked of an assignment here. */
type Targets = Pick<Assignment, 'targets'>

/** Says whether the targets of a container are profiles. With one target there is nothing to choose. */
export function hasProfiles({ targets }: Targets): boolean {
  return targets.length > 1
}

/** As programs may name them: each target, and `default` where one of them is. */
export function profileNames({
  targets,
  byDefault,
}: Omit<Assignment, 'container'>): readonly string[] {
  const names = targets.map(({ name }) => name)
  return byDefault === null || names.includes(DEFAULT_TARGET) ? names : [...names, DEFAULT_TARGET]
}

/** Where a container without a word of its own gets its region from. */
export type Regions =
  /** The two variables; null where none is known. */
  | { readonly kind: 'variables'; readonly region: string | null }
  /** Each profile says its own, and in most SDKs a variable would beat them all. */
  | { readonly kind: 'profiles'; readonly isKnown: boolean }

/**
 * `region` is that of pod or cluster, for targets that have none of their own.
 *
 *   targets | one of them has a region | regions
 *   ------- | ------------------------ | -------
 *   one     | yes                      | variables, with that of the target
 *   one     | no                       | variables
 *   several | yes                      | profiles
 *   several | no                       | variables
 */
export function decideRegions({ targets }: Targets, region: string | null): Regions {
  const own = targets.flatMap((target) => target.region ?? [])
  return targets.length > 1 && own.length > 0
    ? { kind: 'profiles', isKnown: region !== null || own.length === targets.length }
    : { kind: 'variables', region: own[0] ?? region }
}

/** The profiles of each container that has several targets, as the sidecar is told. */
export function decideProfiles(
  assignments: readonly Assignment[],
  region: string | null,
): Readonly<Record<string, Readonly<Record<string, Profile>>>> {
  return Object.fromEntries(
    assignments.filter(hasProfiles).map(({ container, targets, byDefault }) => {
      const regions = decideRegions({ targets }, region)
      const profiles = targets.map((target): [string, Profile] => {
        const own = regions.kind === 'profiles' ? (target.region ?? region) : null
        const isDefault = target === byDefault
        return [
          target.name,
          { ...(own === null ? {} : { region: own }), ...(isDefault ? { isDefault } : {}) },
        ]
      })
      return [container.name, Object.fromEntries(profiles)]
    }),
  )
}

/** One of each kind for all containers, which come last, since a long list of names may be cut at its end. */
export function profileWarnings(assignments: readonly Assignment[]): readonly Finding[] {
  const without = namesOf(
    assignments,
    (assignment) =>
      hasProfiles(assignment) &&
      assignment.byDefault === null &&
      !PROFILE_VARIABLES.some((name) => isSet(assignment.container, name)),
  )
  const overridden = namesOf(assignments, beatsRegions)
  const warnings: Finding[] = []
  if (without.length > 0) {
    warnings.push({
      reason: 'no_default',
      message: `several targets and none is the default: code that names no profile has no credentials; mark one with default: true, or set AWS_PROFILE, for ${toContainerList(without)}`,
    })
  }
  if (overridden.length > 0) {
    warnings.push({
      reason: 'region_overridden',
      message: `AWS_REGION or AWS_DEFAULT_REGION in env beats the region of a target in most SDKs; remove one of them, for ${toContainerList(overridden)}`,
    })
  }
  return warnings
}

function namesOf(
  assignments: readonly Assignment[],
  fits: (assignment: Assignment) => boolean,
): readonly string[] {
  return assignments.filter(fits).map(({ container }) => container.name)
}

function isSet({ variables }: Container, name: string): boolean {
  const variable = findVariable(variables, name)
  return variable !== undefined && variable.value !== ''
}

/** What says the same beats nothing: a copied pod has it from us. */
function beatsRegions({ container, targets }: Assignment): boolean {
  const regions = targets.flatMap(({ region }) => region ?? [])
  return REGION_VARIABLES.some(
    (name) =>
      isSet(container, name) &&
      regions.some((region) => findVariable(container.variables, name)?.value !== region),
  )
}
