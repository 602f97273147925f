/** The projected token that the sidecar begins all chains with, and where it stands. */
import { STS_TOKEN_FOLDER, TOKEN_FILE } from '../../../../sidecar/contract.ts'
import type { SidecarPlan } from '../plan/sidecar-plan.ts'
import {
  POD_IDENTITY,
  POD_IDENTITY_TOKEN_VOLUME,
  STS_TOKEN_VOLUME,
} from '../../vocabulary/names.ts'

/** Life of the STS token; the child reads the file right before each use, and the kubelet renews it at 80 % of this. */
const STS_TOKEN_SECONDS = 3600

/** As EKS has it: an older agent holds a session for a token, so that a new token is a call to EKS. */
const POD_IDENTITY_TOKEN_SECONDS = 86_400

/** A projected token as it stands in a volume, and the folder at which the sidecar mounts it. */
export interface TokenPlace {
  readonly volume: string
  readonly folder: string
  readonly token: {
    readonly audience: string
    readonly expirationSeconds: number
    readonly path: string
  }
}

/** For STS, or for the agent of EKS Pod Identity, where EKS has it too. `stsAudience` is of web identity. */
export function firstToken(
  { podIdentity }: Pick<SidecarPlan, 'podIdentity'>,
  stsAudience: string,
): TokenPlace {
  if (podIdentity === null) {
    const token = { audience: stsAudience, expirationSeconds: STS_TOKEN_SECONDS, path: TOKEN_FILE }
    return { volume: STS_TOKEN_VOLUME, folder: STS_TOKEN_FOLDER, token }
  }
  const { audience } = podIdentity
  const { folder, file } = POD_IDENTITY
  return {
    volume: POD_IDENTITY_TOKEN_VOLUME,
    folder,
    token: { audience, expirationSeconds: POD_IDENTITY_TOKEN_SECONDS, path: file },
  }
}
