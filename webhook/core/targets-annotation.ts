/** Reads the annotation `targets`: a map in YAML or JSON, of target name to chain and containers. */
import { parseDocument } from 'yaml'
import * as z from 'zod'
import { RESERVED_TARGET_NAME, TARGET_NAME, type Hop } from '../../sidecar/contract.ts'
import { badValue, type Written } from './annotations.ts'
import { hopSchema } from './hop-schema.ts'
import type { Finding } from './reasons.ts'
import { mapSchema } from './map-schema.ts'
import { schemaProblems } from './schema-problems.ts'
import { readNames } from './skip-list.ts'

export interface WrittenTarget {
  readonly name: string
  /** As they were written, without the base role. */
  readonly hops: readonly Hop[]
  readonly containers: readonly string[] | '*'
}

const containersSchema = z
  .array(z.string())
  .min(1, 'names no container; leave it out for all')
  .refine(
    (names) => (names.length === 1 && names[0] === '*') || readNames(names.join(',')) !== null,
    'has to be names of containers, or ["*"]',
  )

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
  z.strictObject({
    chain: z.array(hopSchema).min(1, 'has no hop'),
    containers: containersSchema.optional(),
  }),
).refine((targets) => Object.keys(targets).length > 0, 'names no target')

/** Room for a dozen targets with session policies. The parser takes a time that grows with the square of the length: here 0.2 s at most. */
const LENGTH_LIMIT = 32 * 1024

/** The targets, or none and every problem. All scalars are text: `externalId: 0012` stays as it was written. */
export function readTargetsAnnotation(annotation: Written): {
  readonly targets: readonly WrittenTarget[]
  readonly problems: readonly Finding[]
} {
  if (annotation.value.length > LENGTH_LIMIT) {
    const problem = `has ${annotation.value.length} characters, and may have ${LENGTH_LIMIT}; move chains into the configuration's named ones`
    return { targets: [], problems: [badValue(annotation, problem)] }
  }
  const document = parseDocument(annotation.value, { schema: 'failsafe', prettyErrors: false })
  const [error] = document.errors
  if (error !== undefined) {
    return {
      targets: [],
      problems: [badValue(annotation, `is neither YAML nor JSON: ${error.message}`)],
    }
  }
  const parsed = targetsSchema.safeParse(toValue(document), { reportInput: true })
  if (!parsed.success) {
    const problems = schemaProblems(parsed.error, 'the whole').map((problem): Finding => ({
      reason: 'bad_value',
      message: `${annotation.label}: ${problem}`,
    }))
    return { targets: [], problems }
  }
  const targets = Object.entries(parsed.data).map(
    ([name, { chain, containers }]): WrittenTarget => ({
      name,
      hops: chain,
      containers: containers === undefined || containers[0] === '*' ? '*' : containers,
    }),
  )
  return { targets, problems: [] }
}

/** Aliases can be nested until they fill the memory; the library stops that with an exception. */
function toValue(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch {
    return undefined
  }
}
