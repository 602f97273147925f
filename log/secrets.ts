/** What looks like a secret, whoever's it is, taken out of text that is not ours. */

/** A web token, a session token of AWS, a private key, and a password in a URL. */
export const SECRET_SHAPES = [
  /(?<![\w-])eyJ[\w-]{10,}(?:\.[\w-]*)*/g,
  /(?<![\w/+])(?:IQoJ|FwoG|FQoG|AQoD)[\w/+%=-]{20,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^-]|-(?!----))*(?:-----END [A-Z ]*-----)?/g,
  /(?<=:\/\/)[^\s/@]{1,512}(?=@)/g,
] as const

/** The text with `***` in place of what looks like a secret. */
export function hideSecrets(text: string): string {
  return SECRET_SHAPES.reduce((rest, shape) => rest.replace(shape, '***'), text)
}
