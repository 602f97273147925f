/**
 * The partitions of AWS and which regions are in each. An AWS account, and every ARN in it, is of one partition;
 * partitions share nothing. Source: IAM User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)"; AWS
 * General Reference, "Regions and endpoints in AWS GovCloud"; botocore's `endpoints.json` for those with a name of
 * their own.
 */

/** By the first letters of their regions; `aws` has all others. */
const REGION_PREFIXES = {
  'aws-cn': 'cn-',
  'aws-us-gov': 'us-gov-',
  'aws-iso': 'us-iso-',
  'aws-iso-b': 'us-isob-',
  'aws-iso-e': 'eu-isoe-',
  'aws-iso-f': 'us-isof-',
  'aws-eusc': 'eusc-',
} as const

/** A partition by its name in ARNs. */
export type PartitionName = 'aws' | keyof typeof REGION_PREFIXES

const OTHERS = Object.entries(REGION_PREFIXES) as readonly [PartitionName, string][]

/** All partitions, the commercial one first. */
export const PARTITION_NAMES: readonly PartitionName[] = ['aws', ...OTHERS.map(([name]) => name)]

const REGION = /^([a-z]{2}|eusc)(-[a-z]+)+-\d$/

/** The partition of a region such as `eu-west-1`, or undefined where the text has not the shape of a region. */
export function partitionOfRegion(region: string): PartitionName | undefined {
  if (!REGION.test(region)) return undefined
  return OTHERS.find(([, prefix]) => region.startsWith(prefix))?.[0] ?? 'aws'
}
