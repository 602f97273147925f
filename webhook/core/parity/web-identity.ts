/**
 * The method of IAM roles for service accounts: the role that a service account has by annotations, or by the
 * ConfigMap.
 */
import type { Annotations } from '../annotations/annotations.ts'
import type { ParityConfiguration } from '../configuration/configuration.ts'
import { readGoBoolean } from '../formats/go-scalars.ts'
import type { CredentialSource } from './parity.ts'
import { selectsWindows, type Pod } from '../pod/pod.ts'
import { composeRoleArn, isRoleArn } from '../formats/role-arn.ts'
import type { MappedRole } from '../configuration/role-mapping.ts'
import type { ServiceAccount } from '../vocabulary/service-account.ts'
import { readExpiration } from '../formats/token-expiration.ts'
import { ROLE_VARIABLE, WEB_IDENTITY, WEB_IDENTITY_FILE_VARIABLE } from '../vocabulary/names.ts'

/** A service account's role with all that goes with it. */
export interface WebIdentity extends CredentialSource {
  readonly kind: 'web_identity'
  readonly roleArn: string
  readonly isRoleArnWellFormed: boolean
}

/** Whose credentials are asked for. */
export interface Holder {
  readonly pod: Pod
  readonly namespace: string
  /** Undefined where it could not be had. */
  readonly serviceAccount: ServiceAccount | undefined
}

/**
 * What the annotations or the ConfigMap say, with the defaults that hold there; the role is empty where there is none.
 */
type Given = MappedRole

/**
 * The role of the service account; null when it has none.
 *
 *   annotation role-arn | key of the ConfigMap | role, audience, regional STS and expiration
 *   ------------------- | -------------------- | --------------------------------------------
 *   yes                 | any                  | by annotations, else by flags
 *   no, or empty        | one                  | by the ConfigMap; annotations and the regional flag do not count
 *   no, or empty        | none                 | none
 *
 * The pod's own token-expiration wins over either.
 */
export function readWebIdentity(
  holder: Holder,
  configuration: ParityConfiguration,
): WebIdentity | null {
  const { parity, parityAnnotationNames, tokenFiles } = configuration
  const given = readGiven(holder, configuration)
  if (given === null) return null
  const { pod } = holder
  const { roleArn, audience, useRegionalSts } = given
  const tokenFile = selectsWindows(pod) ? tokenFiles.windows : tokenFiles.linux
  return {
    kind: 'web_identity',
    roleArn,
    isRoleArnWellFormed: isRoleArn(roleArn),
    pair: [
      { name: ROLE_VARIABLE, value: roleArn },
      { name: WEB_IDENTITY_FILE_VARIABLE, value: tokenFile },
    ],
    useRegionalSts,
    region: parity.defaultRegion,
    volumeName: WEB_IDENTITY.volume,
    mountPath: parity.tokenMountPath,
    token: {
      audience,
      expirationSeconds:
        readExpiration(pod.annotations[parityAnnotationNames['token-expiration']]) ??
        given.expirationSeconds,
      path: WEB_IDENTITY.file,
    },
  }
}

function readGiven(holder: Holder, configuration: ParityConfiguration): Given | null {
  const { parity, roleMapping } = configuration
  const annotated = readAnnotations(holder.serviceAccount?.annotations ?? {}, configuration)
  if (annotated.roleArn !== '') return annotated
  const mapped = roleMapping.find(holder.namespace, holder.pod.serviceAccountName)
  if (mapped === undefined || mapped.roleArn === '') return null
  return {
    ...mapped,
    // Upstream leaves the audience out here, and STS refuses such tokens.
    audience: mapped.audience || parity.tokenAudience,
    expirationSeconds: mapped.expirationSeconds ?? parity.tokenExpirationSeconds,
  }
}

/** What annotations and flags say of a service account; an empty role means none. */
export function readAnnotations(
  annotations: Annotations,
  configuration: ParityConfiguration,
): Given {
  const { parity, parityAnnotationNames: names } = configuration
  const roleArn = annotations[names['role-arn']] ?? ''
  const account = parity.roleArnAccount
  return {
    // Upstream completes an empty one too, to an ARN that is none.
    roleArn: account === null || roleArn === '' ? roleArn : composeRoleArn(roleArn, account),
    audience: annotations[names.audience] ?? parity.tokenAudience,
    ...readTokenSettings(annotations, configuration),
  }
}

/** What annotations of a service account say of tokens by either method, else what the flags do. */
export function readTokenSettings(
  annotations: Annotations,
  { parity, parityAnnotationNames: names }: ParityConfiguration,
): { readonly useRegionalSts: boolean; readonly expirationSeconds: unknown } {
  return {
    useRegionalSts:
      readGoBoolean(annotations[names['sts-regional-endpoints']]) ?? parity.useRegionalSts,
    expirationSeconds:
      readExpiration(annotations[names['token-expiration']]) ?? parity.tokenExpirationSeconds,
  }
}
