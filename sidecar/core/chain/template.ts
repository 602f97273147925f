/** Fills the placeholders of names that STS gets, and fits them into STS's length limits. */

/** Hashes text to lower-case hex; an argument, since core knows no crypto. */
export type Hash = (text: string) => string

/** The longest value of a session tag, and its characters (API reference of AssumeRole). */
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u

/** The longest role session name and source identity that STS takes (API reference of AssumeRole). */
const NAME_LIMIT = 64

/** 40 bits: two pods of one namespace whose long names share their first 53 characters still differ. */
const HASH_LENGTH = 10

/** Replaces each known placeholder; text without one comes back as it is. */
export function renderTemplate(
  template: string,
  placeholders: Readonly<Record<string, string>>,
): string {
  return template.replace(/\{[A-Za-z]+\}/g, (name) => placeholders[name] ?? name)
}

/**
 * A name that fits {@link NAME_LIMIT}: a longer one keeps its beginning, and a hash of all of it tells it from its
 * likes.
 */
export function fitName(name: string, hash: Hash): string {
  if (name.length <= NAME_LIMIT) return name
  return `${name.slice(0, NAME_LIMIT - HASH_LENGTH - 1)}-${hash(name).slice(0, HASH_LENGTH)}`
}

/** Whether STS takes the text as the value of a session tag. */
export function isTagValue(value: string): boolean {
  return TAG_VALUE.test(value)
}

/** Whether STS takes the text as a role session name or source identity. */
export function isName(name: string): boolean {
  return /^[\w+=,.@-]{2,64}$/.test(name)
}
