/** The forms in which results are printed; apart from the printing, whose library help does not need. */

export const FORMATS = ['text', 'json', 'yaml'] as const

export type Format = (typeof FORMATS)[number]
