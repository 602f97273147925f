/**
 * What the rules of parity mode depend on beside the pod, as plain data: the words of flags, service accounts, mapping
 * and file.
 */

/** The values of flags. */
export interface FlagSettings {
  readonly annotationPrefix: string
  readonly tokenAudience: string
  readonly tokenMountPath: string
  readonly tokenExpiration: bigint
  readonly awsDefaultRegion: string
  readonly stsRegionalEndpoint: boolean
  readonly containerCredentials: ContainerCredentialsSettings
  /** Undefined: `--compose-role-arn` is off. */
  readonly composed: { readonly partition: string; readonly awsAccountId: string } | undefined
}

export interface ContainerCredentialsSettings {
  readonly audience: string
  readonly tokenMountPath: string
  readonly tokenVolumeName: string
  readonly tokenPath: string
  readonly fullUri: string
}

export const FLAG_DEFAULTS: FlagSettings = {
  annotationPrefix: 'eks.amazonaws.com',
  tokenAudience: 'sts.amazonaws.com',
  tokenMountPath: '/var/run/secrets/eks.amazonaws.com/serviceaccount',
  tokenExpiration: 86_400n,
  awsDefaultRegion: '',
  stsRegionalEndpoint: false,
  containerCredentials: {
    audience: 'pods.eks.amazonaws.com',
    tokenMountPath: '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount',
    tokenVolumeName: 'eks-pod-identity-token',
    tokenPath: 'eks-pod-identity-token',
    fullUri: 'http://169.254.170.23/v1/credentials',
  },
  composed: undefined,
}

export interface ServiceAccount {
  readonly namespace: string
  readonly name: string
  readonly annotations: Readonly<Record<string, string>>
}

/** A value of the mapping, by the names that upstream writes. */
export interface MappingEntry {
  readonly RoleARN?: string
  readonly Audience?: string
  readonly UseRegionalSTS?: boolean
  readonly TokenExpiration?: number
}

export interface Identity {
  readonly namespace: string
  readonly serviceAccount: string
}

export interface World {
  readonly flags: FlagSettings
  readonly serviceAccounts: readonly ServiceAccount[]
  /** By `namespace/name` and by `*` + `/name`; undefined: the ConfigMap is not watched. */
  readonly mapping: Readonly<Record<string, MappingEntry>> | undefined
  /** Undefined: there is no such file. */
  readonly identities: readonly Identity[] | undefined
}
