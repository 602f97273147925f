/**
 * What STS asks beside permissions: the provider and its audiences, how long a session may last, and of its tags.
 */
import { accountOf } from '../../../iam/arn.ts'
import { list, quote } from '../../../iam/explain-mismatch.ts'
import type { PodIdentityStep, Step, WebIdentityStep } from '../policy/steps.ts'
import type { VerifyFinding } from './finding.ts'
import { findRole, type IamDocuments, type IamProvider } from './iam-documents.ts'
import { lookAtTags } from './tag-rules.ts'

/** What was found, and what could not be looked at. */
export interface Looked {
  readonly findings: readonly VerifyFinding[]
  readonly unseen: readonly string[]
}

const NOTHING: Looked = { findings: [], unseen: [] }

/** "AssumeRole: … if you use role chaining, one hour at most". */
const CHAINING_LIMIT_SECONDS = 3600

function isProviderOf({ provider }: WebIdentityStep, { arn, url }: IamProvider): boolean {
  if (arn !== undefined) return arn === provider.arn
  return url.replace(/^https:\/\//, '') === provider.name
}

function lookAtProvider(step: WebIdentityStep, documents: IamDocuments): Looked {
  const { provider, audience, hop } = step
  const accountId = accountOf(step.roleArn)
  const common = { level: 'problem', hop, side: 'provider', subject: provider.arn } as const
  const candidates = documents.providers.filter((one) => isProviderOf(step, one))
  const found = candidates.find(({ clientIds }) => clientIds !== undefined) ?? candidates[0]
  if (found === undefined) {
    if (!documents.accountsWithProviders.has(accountId))
      return { findings: [], unseen: [`the OIDC providers of AWS account ${accountId}`] }
    const message = `AWS account ${accountId} has no OIDC provider for ${provider.url}`
    const hint = `Create an OIDC provider of ${provider.url} with audience ${audience} in AWS account ${accountId}.`
    return { findings: [{ ...common, code: 'provider_missing', message, hint }], unseen: [] }
  }
  if (found.clientIds === undefined)
    return { findings: [], unseen: [`the audiences of ${provider.arn}`] }
  if (found.clientIds.includes(audience)) return NOTHING
  const taken = found.clientIds.length === 0 ? 'none' : list(found.clientIds, 'and')
  const message = `the provider takes the audiences ${taken}, the token is for ${quote(audience)}`
  const hint = `Add ${audience} to the client IDs of ${provider.arn}.`
  return { findings: [{ ...common, code: 'provider_audience', message, hint }], unseen: [] }
}

function lookAtDuration(step: Step, documents: IamDocuments): Looked {
  const { hop, roleArn, durationSeconds } = step
  const found = findRole(documents, roleArn)
  const maximum = found.kind === 'role' ? found.role.maxSessionDurationSeconds : undefined
  const limit = step.kind === 'assume_role' ? CHAINING_LIMIT_SECONDS : maximum
  if (durationSeconds <= CHAINING_LIMIT_SECONDS) return NOTHING
  if (limit === undefined)
    return { findings: [], unseen: [`MaxSessionDuration of ${roleArn} (get-role has it)`] }
  if (durationSeconds <= limit) return NOTHING
  const whose = step.kind === 'assume_role' ? 'a chain of roles' : 'the role'
  const finding = {
    code: 'duration_too_long',
    level: 'problem',
    hop,
    side: step.kind === 'assume_role' ? 'chain' : 'trust',
    subject: roleArn,
    message: `the chain asks for ${durationSeconds} s, ${whose} gives ${limit} s at most`,
  } as const
  return { findings: [finding], unseen: [] }
}

/** An association is nothing of IAM. */
function lookAtAssociation({ source }: PodIdentityStep): Looked {
  const { cluster, namespace, serviceAccount } = source
  const where = cluster.name === undefined ? 'the EKS cluster' : `EKS cluster ${cluster.name}`
  return {
    findings: [],
    unseen: [`the association of service account ${namespace}/${serviceAccount} in ${where}`],
  }
}

function lookAtBeginning(step: Step, documents: IamDocuments): Looked {
  if (step.kind === 'web_identity') return lookAtProvider(step, documents)
  return step.kind === 'pod_identity' ? lookAtAssociation(step) : NOTHING
}

/** Everything that STS asks of a hop beside permissions. */
export function lookAtRules(step: Step, documents: IamDocuments): Looked {
  const looked = [
    lookAtBeginning(step, documents),
    { findings: lookAtTags(step), unseen: [] },
    lookAtDuration(step, documents),
  ]
  return {
    findings: looked.flatMap(({ findings }) => findings),
    unseen: looked.flatMap(({ unseen }) => unseen),
  }
}
