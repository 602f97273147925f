/** Which program of this project runs in place of a container's image: the demo pulls none. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HELPER_SOURCE, SIDECAR_CONTAINER_NAME } from '../../sidecar/contract.ts'
import type { Container } from '../pod.ts'

const sidecar = fileURLToPath(new URL('../../sidecar/main.ts', import.meta.url))
const application = fileURLToPath(new URL('../app.ts', import.meta.url))

const twin = fileURLToPath(new URL('credentials.ts', import.meta.url))

/** The sidecar's image is the sidecar; every other image is an application that uses the AWS SDK. */
export function isSidecar(container: Container): boolean {
  return container.name === SIDECAR_CONTAINER_NAME
}

/** Arguments of the runtime for the container's own process. An init container's ends when it has done its work. */
export function toProgram(container: Container, isInit: boolean): string[] {
  if (isSidecar(container)) return [sidecar]
  return isInit ? [application, '--once'] : [application]
}

/**
 * Arguments of the runtime for a command that is run in the container, such as a probe: what comes after the bundle's
 * file, given to the same program from source. Nothing when the container's program is not that one.
 */
export function toCommand(container: Container, command: readonly string[]): string[] | undefined {
  const bundle = command.findIndex((word) => word.endsWith('.cjs'))
  return isSidecar(container) && bundle >= 0 ? [sidecar, ...command.slice(bundle + 1)] : undefined
}

/**
 * Puts the helper of profiles where the sidecar's image has it: this one, or a program that runs the twin for the
 * container that calls it. `HOME` is that container's root here, and says whose tokens are meant.
 */
export async function installHelper(root: string, helper?: string): Promise<void> {
  const file = join(root, HELPER_SOURCE)
  await mkdir(dirname(file), { recursive: true })
  if (helper === undefined) {
    const command = [process.execPath, twin].map((word) => `'${word}'`).join(' ')
    await writeFile(file, `#!/bin/sh\nexec ${command} "$HOME" "$@"\n`)
  } else await copyFile(helper, file)
}
