/** Where a web identity token is found in a container, as SDKs are told. */

/** Name of the file, as EKS's webhook calls it. */
export const WEB_IDENTITY_FILE = 'token'

/** Token file under a mount path, cleaned as Go's `filepath.Join` does; on Windows as that shows it. */
export function tokenFilePath(mountPath: string, isWindows: boolean): string {
  const segments: string[] = []
  for (const segment of `${mountPath}/${WEB_IDENTITY_FILE}`.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  const path = `${mountPath.startsWith('/') ? '/' : ''}${segments.join('/')}`
  return isWindows ? `C:${path.replaceAll('/', '\\')}` : path
}
