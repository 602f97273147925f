/** The version of this program: a constant of the bundle, `dev` when run from source. */
declare const ROLECHAIN_VERSION: string | undefined

export const VERSION = typeof ROLECHAIN_VERSION === 'undefined' ? 'dev' : ROLECHAIN_VERSION
