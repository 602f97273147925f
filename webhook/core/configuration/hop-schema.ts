/** The shape of a hop where people write one, in the configuration file and in the annotation `targets`. */
import * as z from 'zod'
import type { Hop, SessionTag } from '../../../sidecar/contract.ts'
import { mapSchema } from '../formats/map-schema.ts'
import { FORMS, type Form } from '../formats/json-schema.ts'
import {
  durationProblem,
  externalIdProblem,
  roleArnProblem,
  sessionPolicyProblem,
  sourceIdentityProblem,
  tagKeyProblem,
  tagValueProblem,
} from '../formats/limits.ts'

function checked(problemOf: (text: string) => string | null, form: Form) {
  return z
    .string()
    .superRefine((text, context) => {
      const problem = problemOf(text)
      if (problem !== null) context.addIssue(problem)
    })
    .meta(form)
}

const tagsSchema = mapSchema(
  z.string().meta(FORMS.tagKey),
  checked(tagValueProblem, FORMS.tagValue),
)
  .meta(FORMS.tags)
  .transform((tags, context) => {
    const read = toSessionTags(Object.entries(tags))
    for (const problem of read.problems) context.addIssue(problem)
    return read.tags
  })

const durationSchema = z
  .union([
    z.number().meta(FORMS.duration),
    z.string().regex(/^\d+$/).meta(FORMS.durationText).transform(Number),
  ])
  .superRefine((seconds, context) => {
    const problem = durationProblem(seconds)
    if (problem !== null) context.addIssue(problem)
  })

/** One hop. Unknown fields are problems: a misspelt `externalId` would otherwise be left out in silence. */
export const hopSchema = z
  .strictObject({
    roleArn: checked(roleArnProblem, FORMS.roleArn),
    externalId: checked(externalIdProblem, FORMS.externalId).optional(),
    sessionTags: tagsSchema.optional(),
    sourceIdentity: checked(sourceIdentityProblem, FORMS.name).optional(),
    sessionPolicy: checked(sessionPolicyProblem, FORMS.sessionPolicy).optional(),
    durationSeconds: durationSchema.optional(),
  })
  .transform(toHop)

/** A hop without the fields that are undefined, in the contract's order of fields. */
export function toHop(fields: { readonly [Field in keyof Hop]: Hop[Field] | undefined }): Hop {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as Hop
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, Tags */
const TAG_LIMIT = 50

/**
 * Session tags from keys and values as people write them, a `!` at a key's end meaning transitive. Every problem is a
 * sentence. STS takes at most 50 tags, and tells keys apart without regard to case.
 */
export function toSessionTags(entries: readonly (readonly [string, string])[]): {
  readonly tags: readonly SessionTag[]
  readonly problems: readonly string[]
} {
  if (entries.length > TAG_LIMIT) {
    return { tags: [], problems: [`has ${entries.length} tags; STS takes at most ${TAG_LIMIT}`] }
  }
  const tags = entries.map(([text, value]): SessionTag => {
    const isTransitive = text.endsWith('!')
    const key = isTransitive ? text.slice(0, -1) : text
    return isTransitive ? { key, value, isTransitive } : { key, value }
  })
  const problems = tags.flatMap(({ key, value }) => [
    ...sentence(`tag key '${key}'`, tagKeyProblem(key)),
    ...sentence(`value '${value}' of tag '${key}'`, tagValueProblem(value)),
  ])
  const keys = tags.map(({ key }) => key.toLowerCase())
  const repeated = tags.filter(({ key }, index) => keys.indexOf(key.toLowerCase()) !== index)
  problems.push(...repeated.map(({ key }) => `tag key '${key}' is there twice (STS ignores case)`))
  return { tags, problems }
}

function sentence(subject: string, problem: string | null): string[] {
  return problem === null ? [] : [`${subject} ${problem}`]
}
