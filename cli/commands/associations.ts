/**
 * Associations of EKS Pod Identity as options name them: nothing in the cluster says which role a service account has,
 * and only AWS knows the ARN of a cluster for sure.
 */
import { InvalidArgumentError, Option } from '@commander-js/extra-typings'
import { accountOf, parseClusterArn, parseRoleArn } from '../../iam/arn.ts'
import type { Configuration } from '../../webhook/core/configuration/configuration.ts'
import { connect } from '../cluster/connect.ts'
import type { ClusterChoice } from '../cluster/kubeconfig.ts'
import type { PodCluster } from '../core/policy/source.ts'
import { usedWrongly } from '../output/exit-codes.ts'
import type { Surroundings } from '../output/surroundings.ts'

/** Role by `namespace/name` of a service account; by an empty text that of all others. */
export type Associations = ReadonlyMap<string, string>

export interface AssociationOptions extends ClusterChoice {
  readonly association: Associations
  readonly disableSessionTags?: true | undefined
  readonly clusterArn?: string | undefined
}

const NO_ASSOCIATIONS: Associations = new Map()

const ASSOCIATION = /^(?:([a-z0-9.-]+\/[a-z0-9.-]+)=)?(arn:.+)$/

function collectAssociation(text: string, before: Associations): Associations {
  const [, of = '', roleArn = ''] = ASSOCIATION.exec(text) ?? []
  if (parseRoleArn(roleArn) === undefined)
    throw new InvalidArgumentError(
      'Write the ARN of a role, or NAMESPACE/NAME=ARN for one service account.',
    )
  if (before.has(of))
    throw new InvalidArgumentError(
      `${of === '' ? 'The service accounts have' : `${of} has`} a role already.`,
    )
  return new Map([...before, [of, roleArn]])
}

function readClusterArn(text: string): string {
  if (parseClusterArn(text) !== undefined) return text
  throw new InvalidArgumentError(
    'Write the whole ARN, such as arn:aws:eks:eu-west-1:111111111111:cluster/prod.',
  )
}

/** Which roles associations have. */
export const associationOption = () =>
  new Option(
    '--association <[namespace/name=]arn>',
    'Role of the association of EKS Pod Identity that a chain begins with, in place of --base-role; with a service account before it for that one only. May be repeated.',
  )
    .argParser(collectAssociation)
    .default(NO_ASSOCIATIONS, 'none')

export const disableSessionTagsOption = () =>
  new Option(
    '--disable-session-tags',
    'The associations of EKS Pod Identity send no session tags (disableSessionTags).',
  )

export const clusterArnOption = () =>
  new Option(
    '--cluster-arn <arn>',
    'The EKS cluster of the pods, for chains that begin with EKS Pod Identity; that of the configuration or the kubeconfig unless given.',
  ).argParser(readClusterArn)

/** The role of a service account's association. Throws a sentence where no option names it. */
export function findAssociation(
  associations: Associations,
  { namespace, name, place }: Readonly<Record<'namespace' | 'name' | 'place', string>>,
): string {
  const roleArn = associations.get(`${namespace}/${name}`) ?? associations.get('')
  if (roleArn !== undefined) return roleArn
  throw usedWrongly(
    `The chain of ${place} begins with EKS Pod Identity, and only EKS knows the role of that association; name it with --association ${namespace}/${name}=ARN.`,
  )
}

/** The cluster whose associations are meant, as far as it is known. */
export async function readPodCluster(
  options: AssociationOptions,
  { settings }: Pick<Configuration, 'settings'>,
  surroundings: Surroundings,
): Promise<PodCluster> {
  const arn =
    options.clusterArn ?? settings.clusterArn ?? (await readKubeconfig(options, surroundings))
  return { arn, name: parseClusterArn(arn ?? '')?.name ?? settings.clusterName ?? undefined }
}

/** `aws eks update-kubeconfig` calls clusters by their ARN. */
async function readKubeconfig(
  options: ClusterChoice,
  surroundings: Surroundings,
): Promise<string | undefined> {
  const cluster = await connect(options, surroundings)
  const { clusterName } = cluster.access
  cluster.close()
  return parseClusterArn(clusterName) === undefined ? undefined : clusterName
}

/** "The role must be in the same AWS account as the cluster." */
export function checkAccount({ arn }: PodCluster, roleArn: string): void {
  if (arn === undefined || accountOf(arn) === accountOf(roleArn)) return
  throw usedWrongly(
    `${roleArn} is in another AWS account than ${arn}, and EKS takes only roles of its own for an association; name another role with --association, or the cluster with --cluster-arn.`,
  )
}
