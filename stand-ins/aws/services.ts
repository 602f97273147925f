/** Finds the service that a request is meant for. */
import type { Service } from './call.ts'
import { cloudFormation } from './cloudformation.ts'
import { cloudTrail } from './cloudtrail.ts'
import { ec2 } from './ec2.ts'
import { eksAuth } from './eks-auth.ts'
import { eks } from './eks.ts'
import { iam } from './iam.ts'
import { loadBalancing } from './load-balancing.ts'
import { queryValue, type AwsRequest } from './request.ts'
import { s3 } from './s3.ts'
import { isStsRequest, sts } from './sts.ts'

/** By the name of the service in a signature's scope. */
const BY_SCOPE: Readonly<Record<string, Service>> = {
  cloudformation: cloudFormation,
  cloudtrail: cloudTrail,
  'eks-auth': eksAuth,
  eks,
  iam,
  ec2,
  elasticloadbalancing: loadBalancing,
}

/** The service that the signature is for, unverified: the last but one part of its scope. */
function readScopeService(request: AwsRequest): string {
  const authorization = request.headers.get('authorization') ?? ''
  const credential =
    /Credential=([^,\s]+)/.exec(authorization)?.[1] ?? queryValue(request, 'X-Amz-Credential')
  return credential?.split('/').at(-2) ?? ''
}

/**
 * AWS tells services apart by their host. On the one port the signature's scope does it; what S3 and STS are sent, they
 * tell by its form, so that a signature for the wrong one of them is found wrong.
 */
export function findService(request: AwsRequest): Service {
  const scoped = readScopeService(request)
  if (Object.hasOwn(BY_SCOPE, scoped)) return BY_SCOPE[scoped] ?? s3
  return isStsRequest(request) ? sts : s3
}
