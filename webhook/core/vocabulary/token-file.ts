/** Where a token is found in a container, as SDKs are told. */

/** Name of the web identity token's file, as EKS's webhook calls it. */
export const WEB_IDENTITY_FILE = 'token'

/** Path of a file under a mount path, cleaned as Go's `filepath.Join` does. */
export function tokenFilePath(mountPath: string, file: string): string {
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
