/** The version of the running command. */

declare const ROLECHAIN_VERSION: string | undefined

/** A constant of the bundle; `dev` when run from source. */
export const VERSION = typeof ROLECHAIN_VERSION === 'undefined' ? 'dev' : ROLECHAIN_VERSION
