/**
 * Step 1: an AWS that refuses whatever is not allowed, with the roles that the manifest names, and a cluster's OIDC
 * issuer.
 */
import { startAws, type Aws } from '../../stand-ins/aws/server.ts'
import { startIssuer, type Issuer } from '../../stand-ins/aws/issuer.ts'
import { bucketOf, readRoles, toCloud, type NamedRole } from '../cloud.ts'
import { DEFAULT_REGION, SESSION_SECONDS, type Stage } from '../stage.ts'

export interface CloudAndCluster {
  readonly aws: Aws
  readonly issuer: Issuer
  readonly roles: readonly NamedRole[]
}

export async function showAws({ narrator, manifest, defer }: Stage): Promise<CloudAndCluster> {
  narrator.step('AWS, on this machine')
  const issuer = await startIssuer()
  defer(() => issuer.stop())
  const roles = readRoles(manifest)
  const { annotations = {} } = manifest.pod.metadata
  const region = annotations['rolechain.io/region'] ?? DEFAULT_REGION
  const durationSeconds = Number(annotations['rolechain.io/duration-seconds']) || 3600
  const aws = await startAws(toCloud(roles, { issuer: issuer.issuer, region }), {
    timeScale: durationSeconds / SESSION_SECONDS,
    issuerLocations: { [issuer.issuer]: issuer.url },
  })
  defer(() => aws.stop())
  narrator.say(
    [
      'A strict stand-in for STS and S3: signatures, tokens and policies are verified as AWS does.',
      `What is not allowed is refused. A session of ${durationSeconds} s lasts ${SESSION_SECONDS} s here.`,
    ].join('\n'),
  )
  for (const accountId of new Set(roles.map((role) => role.accountId))) {
    narrator.show(`\n${narrator.colors.bold(`AWS account ${accountId}`)}`)
    for (const role of roles) if (role.accountId === accountId) showRole(narrator, role)
  }
  if (roles.length === 0) narrator.show('\nThe manifest names no role: there is nothing in it.')
  narrator.show(`\nThe cluster's OIDC issuer is ${issuer.issuer}.`)
  return { aws, issuer, roles }
}

function showRole(narrator: Stage['narrator'], role: NamedRole): void {
  const who = [
    ...(role.subject === undefined ? [] : [`this cluster's ${role.subject}`]),
    ...role.callers,
  ]
  const condition = role.externalId === undefined ? '' : `, with external id ${role.externalId}`
  const may = [
    ...(role.isTarget ? [`read s3://${bucketOf(role.accountId)}`] : []),
    ...role.reaches.map((arn) => `assume ${arn}`),
  ]
  narrator.show(
    [
      `  role ${narrator.colors.cyan(role.name)}`,
      `    lets in  ${toList(who)}${condition}; nobody else`,
      `    may      ${toList(may)}; nothing else`,
    ].join('\n'),
  )
}

function toList(entries: readonly string[]): string {
  return entries.join(`,\n${' '.repeat(13)}`)
}
