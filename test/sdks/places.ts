/**
 * Where things are in the network namespace of an SDK's run. Each run has one of its own, so ports can be the same in
 * all.
 */

export const REGION = 'eu-west-1'

/** The strict AWS. */
export const AWS_PORT = 4566

/** The sidecar's metrics: they tell how often its endpoint was asked. */
export const METRICS_PORT = 9908

/** The instance metadata service of a node. */
export const METADATA_ADDRESS = '169.254.169.254'

/** Those of ECS tasks and of EKS Pod Identity. */
export const AGENT_ADDRESSES = ['169.254.170.2', '169.254.170.23'] as const

/** Who the SDKs should be. */
export const TARGET_ROLE = 'arn:aws:iam::222222222222:role/reports-reader'
/** A bucket and a key that only they may read. */
export const OBJECT = 'reports-222222222222 report.txt'
export const APPLICATION = 'app'

/** A target that AWS does not know. */
export const MISSING_ROLE = 'arn:aws:iam::555555555555:role/gone'
