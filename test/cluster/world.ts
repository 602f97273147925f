/** What exists in AWS while the suite runs: three AWS accounts, two of which have the cluster's OIDC provider. */

/** ARNs that scenarios name. */
export const ROLES = {
  /** Trusts every service account called `reporter`; may assume roles that end in -reader. */
  base: 'arn:aws:iam::111111111111:role/cluster-base',
  reports: 'arn:aws:iam::222222222222:role/reports-reader',
  payroll: 'arn:aws:iam::222222222222:role/payroll-reader',
  /** Trusts nobody. */
  nobody: 'arn:aws:iam::222222222222:role/nobody-reader',
  /** In an AWS account with the cluster's OIDC provider; trusts every service account called `reporter`. */
  direct: 'arn:aws:iam::333333333333:role/direct-reader',
  /** In the same AWS account; trusts the `reporter` of a namespace that is not there. */
  guarded: 'arn:aws:iam::333333333333:role/guarded-reader',
} as const

/** What each bucket's only object, `hello.txt`, says. */
export const OBJECTS = {
  base: 'hello from 111111111111',
  reports: 'hello from 222222222222',
  payroll: 'secret of 222222222222',
  direct: 'hello from 333333333333',
} as const

function allow(Action: string | readonly string[], rest: object): object {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, ...rest }] }
}

/**
 * The trust policy of a role that lets in the service accounts called `reporter` of a namespace, through the cluster's
 * OIDC provider.
 */
export function trustReporters(accountId: string, issuer: string, namespace = '*'): object {
  const provider = issuer.replace('https://', '')
  return allow('sts:AssumeRoleWithWebIdentity', {
    Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/${provider}` },
    Condition: {
      StringEquals: { [`${provider}:aud`]: 'sts.amazonaws.com' },
      StringLike: { [`${provider}:sub`]: `system:serviceaccount:${namespace}:reporter` },
    },
  })
}

/** The trust policy of a role that lets in the base role; `rest` are conditions. */
export function trustBase(rest: object = {}): object {
  return allow(['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'], {
    Principal: { AWS: ROLES.base },
    ...rest,
  })
}

function mayRead(bucket: keyof typeof OBJECTS): object {
  return allow('s3:GetObject', { Resource: `arn:aws:s3:::${bucket}/*` })
}

function bucketOf(name: keyof typeof OBJECTS): object {
  return { [name]: { objects: { 'hello.txt': OBJECTS[name] } } }
}

/** The configuration of the strict AWS for tokens of `issuer`. */
export function toConfiguration(issuer: string): object {
  const oidcProviders = [{ url: issuer, clientIds: ['sts.amazonaws.com'] }]
  return {
    awsAccounts: {
      '111111111111': {
        oidcProviders,
        roles: {
          'cluster-base': {
            trustPolicy: trustReporters('111111111111', issuer),
            permissionPolicies: [
              allow(['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'], {
                Resource: 'arn:aws:iam::222222222222:role/*-reader',
              }),
              mayRead('base'),
            ],
          },
        },
        buckets: bucketOf('base'),
      },
      '222222222222': {
        roles: {
          'reports-reader': { trustPolicy: trustBase(), permissionPolicies: [mayRead('reports')] },
          'payroll-reader': { trustPolicy: trustBase(), permissionPolicies: [mayRead('payroll')] },
          'nobody-reader': { trustPolicy: { Version: '2012-10-17', Statement: [] } },
        },
        buckets: { ...bucketOf('reports'), ...bucketOf('payroll') },
      },
      '333333333333': {
        oidcProviders,
        roles: {
          'direct-reader': {
            maxSessionDurationSeconds: 43_200,
            trustPolicy: trustReporters('333333333333', issuer),
            permissionPolicies: [mayRead('direct')],
          },
          'guarded-reader': {
            trustPolicy: trustReporters('333333333333', issuer, 'elsewhere'),
            permissionPolicies: [mayRead('direct')],
          },
        },
        buckets: bucketOf('direct'),
      },
    },
  }
}
