/** Reads the annotation `targets`: a map in YAML or JSON, of target name to chain and containers. */
import * as z from 'zod'
import {
  DEFAULT_TARGET,
  RESERVED_TARGET_NAME,
  TARGET_NAME,
  type Hop,
} from '../../../sidecar/contract.ts'
import { badValue, type Annotation } from './annotations.ts'
import { hopSchema } from '../configuration/hop-schema.ts'
import { isObject } from '../formats/json.ts'
import { isRegion } from '../formats/limits.ts'
import type { Finding } from '../vocabulary/reasons.ts'
import { mapSchema } from '../formats/map-schema.ts'
import { schemaProblems } from '../formats/schema-problems.ts'
import { readNames } from './skip-list.ts'
import { readYaml } from '../formats/yaml.ts'

export interface TargetEntry {
  readonly name: string
  /** As they were written, without the base role. */
  readonly hops: readonly Hop[]
  readonly containers: readonly string[] | '*'
  /** Null leaves it to the pod, the container and the configuration. */
  readonly region: string | null
  /** A container that matches several targets has this one as its default credentials too. */
  readonly isDefault: boolean
}

const containersSchema = z
  .array(z.string())
  .min(1, 'names no container; leave it out for all')
  .refine(
    (names) => (names.length === 1 && names[0] === '*') || readNames(names.join(',')) !== null,
    'has to be names of containers, or ["*"]',
  )

/** One target. An empty chain is the base role itself. */
const targetSchema = z.strictObject({
  chain: z.array(hopSchema),
  containers: containersSchema.optional(),
  default: z.enum(['true', 'false'], 'is not true or false').optional(),
  region: z.string().refine(isRegion, 'is not a region; write one such as eu-west-1').optional(),
})

const targetsSchema = mapSchema(
  z
    .string()
    .regex(
      TARGET_NAME,
      'is no name for a target; use at most 32 of a-z, 0-9 and -, without - at the ends',
    )
    .refine(
      (name) => name !== RESERVED_TARGET_NAME,
      `'${RESERVED_TARGET_NAME}' is reserved; choose another name`,
    ),
  targetSchema,
)
  .refine((targets) => Object.keys(targets).length > 0, 'names no target')
  // SDKs give this name to what they use unless told.
  .refine((targets) => targets[DEFAULT_TARGET]?.default !== 'false', {
    path: [DEFAULT_TARGET, 'default'],
    message: `is false, but a target of the name '${DEFAULT_TARGET}' is the default; rename it`,
  })

/** As many targets as containers make sense of: each is a volume, and a chain that the sidecar renews. */
const TARGET_LIMIT = 32

/** The targets, or none and every problem. All scalars are text. */
export function readTargetsAnnotation(annotation: Annotation): {
  readonly targets: readonly TargetEntry[]
  readonly problems: readonly Finding[]
} {
  const read = readYaml(annotation.value)
  const unread = read.kind === 'problem' ? read.problem : countProblem(read.value)
  if (read.kind === 'problem' || unread !== null) {
    return { targets: [], problems: [badValue(annotation, `${unread}`)] }
  }
  const parsed = targetsSchema.safeParse(read.value, { reportInput: true })
  if (!parsed.success) {
    const problems = schemaProblems(parsed.error, 'the whole').map((problem): Finding => ({
      reason: 'bad_value',
      message: `${annotation.label}: ${problem}`,
    }))
    return { targets: [], problems }
  }
  return { targets: Object.entries(parsed.data).map(toEntry), problems: [] }
}

function toEntry([name, target]: [string, z.infer<typeof targetSchema>]): TargetEntry {
  const { chain, containers, region = null } = target
  return {
    name,
    hops: chain,
    containers: containers === undefined || containers[0] === '*' ? '*' : containers,
    region,
    isDefault: name === DEFAULT_TARGET || target.default === 'true',
  }
}

/** Before the schema looks at each. */
function countProblem(value: unknown): string | null {
  const count = isObject(value) ? Object.keys(value).length : 0
  return count > TARGET_LIMIT
    ? `names ${count} targets, and may name ${TARGET_LIMIT}; give some containers the same one`
    : null
}
