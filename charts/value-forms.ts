/** Forms that several of the chart's values have. */
import { z } from 'zod'

export const text = z.string().min(1)
export const textOrNull = text.nullish()

/** As the flags `--annotation-prefix` and `--chain-annotation-prefix` take it. */
export const prefix = z.string().regex(/^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/)
