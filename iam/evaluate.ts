/**
 * IAM's rules, as a pure function: may this caller take this action on this resource, and why (not)? AWS answers
 * `AccessDenied` and tells nothing. `evaluate` gives a {@link Decision}: for each side (trust policy, permission
 * policies, session policy, permissions boundary) which statement allows or denies, or which comes closest and what
 * keeps it from allowing, with the value that the request has and the one that the policy wants. `explain` in
 * `explain.ts` puts that into sentences.
 *
 * What is here, each with its page of the IAM User Guide in its file:
 *
 *   file                | rules
 *   ------------------- | -------------------------------------------------------------------------------------------
 *   `evaluate.ts`       | explicit and implicit deny; trust policy beside the caller's policies, in one AWS account and across
 *   `assume-role.ts`    | which actions an AssumeRole takes, and which condition keys its request has
 *   `policy.ts`         | the grammar of documents, both versions of it
 *   `statement.ts`      | Principal, Action, NotAction, Resource, NotResource, Condition
 *   `principal.ts`      | what a principal names, and how directly it means the caller
 *   `conditions.ts`     | absent keys, …IfExists, Null, ForAllValues and ForAnyValue, several values
 *   `operators.ts`      | String, Arn, Numeric, Date, Bool, IpAddress operators
 *   `condition-keys.ts` | which keys are known, so that a missing one is absent
 *   `variables.ts`      | `${key}`, defaults, `${*}` `${?}` `${$}`
 *   `pattern.ts`        | wildcards, the colons of ARNs
 *   `arn.ts`, `partition.ts` | ARNs of roles, sessions and providers; partitions and their regions
 *
 * What is not here: policies of organizations (SCP, RCP) and of VPC endpoints, policies of resources other than roles,
 * federated user sessions, `BinaryEquals`, and whatever STS refuses for
 * other reasons than permissions (limits of tags, durations, tokens). IAM could still refuse for these what is allowed
 * here.
 *
 * Nothing unknown passes: where a condition key, operator, value or variable cannot be judged, the outcome is
 * `undecided` unless the rest settles it both ways. Callers treat it as a refusal.
 */
import { accountOf } from './arn.ts'
import type { AccessRequest, Decision, Need, Policies, Side } from './decision.ts'
import type { Grant } from './principal.ts'
import { GRANTS, judgePolicy, type Ruling } from './ruling.ts'
import { explainDenies, explainDoubts, explainSide } from './why.ts'

/** The sides that may only narrow, as far as there are any. */
function narrowingSides({ session, boundary }: Policies): Side[] {
  return [
    ...(session === undefined ? [] : (['session_policy'] as const)),
    ...(boundary === undefined ? [] : (['permissions_boundary'] as const)),
  ]
}

/**
 * "When you assume a role with another role, permissions for sts:SetSourceIdentity are required in both the permissions
 * policy of the principal and in the role trust policy" ("Monitor and control actions taken with assumed roles").
 */
const NEEDS_BOTH = ['sts:setsourceidentity']

/**
 * Why the caller's permission policies have to allow, given how the trust policy names the caller; undefined: they need
 * not.
 */
function identityNeed(
  { caller, action, resource }: AccessRequest,
  { trust }: Policies,
  grant: Grant | undefined,
): Need | undefined {
  if (caller.kind === 'web_identity' || caller.kind === 'service') return undefined
  if (trust === undefined) return 'no_resource_policy'
  const callerArn = caller.kind === 'user' ? caller.userArn : caller.roleArn
  if (accountOf(callerArn) !== accountOf(resource)) return 'another_account'
  if (NEEDS_BOTH.includes(action.toLowerCase())) return 'source_identity'
  return grant === 'account' ? 'trusts_account' : undefined
}

interface NeededSide {
  readonly side: Side
  readonly need: Need
}

/**
 * The sides of the caller that have to allow, beside the trust policy.
 *
 *   trust policy names     | same AWS account                     | another AWS account, or sts:SetSourceIdentity
 *   ---------------------- | ------------------------------------ | ---------------------------------------------
 *   the caller's account   | permissions, session, boundary       | permissions, session, boundary
 *   the caller's role      | session, boundary                    | permissions, session, boundary
 *   the session, everyone  | none                                 | permissions, session, boundary
 *   a web identity, a service | none: it has no policies           | none
 *
 * Source: IAM User Guide, "Determining whether a request is allowed or denied within an account" and "Cross-account
 * policy evaluation logic".
 */
function neededSides(
  request: AccessRequest,
  policies: Policies,
  grant: Grant | undefined,
): readonly NeededSide[] {
  const need = identityNeed(request, policies, grant)
  const narrowing = narrowingSides(policies).map((side) => ({ side, need: 'narrows' }) as const)
  if (need !== undefined) return [{ side: 'identity_policy', need }, ...narrowing]
  return grant === 'role' ? narrowing : []
}

function strongestGrant(applying: readonly Ruling[]): Grant | undefined {
  return GRANTS.find((grant) =>
    applying.some(
      (ruling) =>
        ruling.side === 'trust_policy' && ruling.effect === 'Allow' && ruling.grant === grant,
    ),
  )
}

/** The statements that apply when all doubts are settled in favour of the caller, or against it. */
function applyingIf(rulings: readonly Ruling[], inFavour: boolean): readonly Ruling[] {
  return rulings.filter(
    ({ truth, effect }) =>
      truth === 'yes' || (truth === 'unknown' && (effect === 'Allow') === inFavour),
  )
}

interface Judged {
  readonly request: AccessRequest
  readonly policies: Policies
  readonly rulings: readonly Ruling[]
}

function isAllowed({ request, policies, rulings }: Judged, inFavour: boolean): boolean {
  const applying = applyingIf(rulings, inFavour)
  if (applying.some(({ effect }) => effect === 'Deny')) return false
  const grant = strongestGrant(applying)
  if (policies.trust !== undefined && grant === undefined) return false
  return neededSides(request, policies, grant).every((needed) =>
    applying.some(({ side }) => side === needed.side),
  )
}

/** May the caller do it, by all that was told? Equal requests and policies give equal decisions. */
export function evaluate(request: AccessRequest, policies: Policies): Decision {
  const { trust, session, boundary } = policies
  const rulings = [
    ...(trust === undefined ? [] : judgePolicy('trust_policy', trust, request)),
    ...policies.identity.flatMap((policy) => judgePolicy('identity_policy', policy, request)),
    ...(session === undefined ? [] : judgePolicy('session_policy', session, request)),
    ...(boundary === undefined ? [] : judgePolicy('permissions_boundary', boundary, request)),
  ]
  const judged = { request, policies, rulings }
  const isSure = isAllowed(judged, false)
  const isPossible = isAllowed(judged, true)
  const grant =
    strongestGrant(applyingIf(rulings, false)) ?? strongestGrant(applyingIf(rulings, true))
  const explanations = [
    ...explainDenies(rulings),
    ...(trust === undefined ? [] : explainSide(rulings, 'trust_policy')),
    ...neededSides(request, policies, grant).flatMap(({ side, need }) =>
      explainSide(rulings, side, need),
    ),
  ]
  const { action, resource } = request
  if (isSure) return { outcome: 'allowed', action, resource, explanations }
  if (!isPossible) return { outcome: 'refused', action, resource, explanations }
  // A statement of the trust policy that may name the caller more directly than the one that does is a doubt too.
  const doubts = explanations.some(({ kind }) => kind === 'cannot_tell')
    ? []
    : explainDoubts(rulings, 'trust_policy')
  return { outcome: 'undecided', action, resource, explanations: [...explanations, ...doubts] }
}
