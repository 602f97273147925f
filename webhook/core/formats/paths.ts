/** Paths as Linux understands them, whatever way they are written, and as containers are told them. */
/** Longest that Linux takes: https://man7.org/linux/man-pages/man7/path_resolution.7.html */
const PATH_LENGTH = 4096

/** As nearly all are: nothing but names with a slash before each. */
const IS_PLAIN = /^(?:\/(?:[^/.]|\.[^/.])[^/]*)+$/

/** What stands for the folder itself: `/` and `/.` before another slash, or at the end. */
const NO_NAMES = /(?:\/\.?(?=\/|$))+/g

/**
 * The one spelling of an absolute path, without `//`, `.`, `..` and a slash at its end. One that Linux does not take
 * stays as it is.
 */
export function toPlainPath(path: string): string {
  if (path.length > PATH_LENGTH || IS_PLAIN.test(path)) return path
  const named = `/${path}`.replaceAll(NO_NAMES, '')
  if (!named.includes('/..')) return named === '' ? '/' : named
  const names: string[] = []
  for (const name of named.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '') names.push(name)
  }
  return `/${names.join('/')}`
}

/** Says whether a path is a folder, or below it; both as {@link toPlainPath} writes them. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

/**
 * Finds the folder that a path is, or is below, as {@link toPlainPath} writes both. It takes as long as there are
 * parents of folders; none of them may be below another.
 */
export function createFolderFinder(
  folders: readonly string[],
): (path: string) => string | undefined {
  const known = new Set(folders)
  const parents = [...new Set(folders.map((folder) => parentOf(folder)))]
  return (path) => {
    const parent = parents.find((above) => path.startsWith(`${above}/`))
    if (parent === undefined) return undefined
    const end = path.indexOf('/', parent.length + 1)
    const folder = end === -1 ? path : path.slice(0, end)
    return known.has(folder) ? folder : undefined
  }
}

/** The folder that a path stands in. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

/** Path of a file under a mount path, cleaned as Go's `filepath.Join` does. */
export function joinPath(mountPath: string, file: string): string {
  const segments: string[] = []
  for (const segment of `${mountPath}/${file}`.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return `${mountPath.startsWith('/') ? '/' : ''}${segments.join('/')}`
}

/** The same path as a container on Windows finds it. */
export function toWindowsPath(path: string): string {
  return `C:${path.replaceAll('/', '\\')}`
}
