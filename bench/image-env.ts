/** The env that an image gives its program: what is measured runs as it does there. */
import { readFileSync } from 'node:fs'

export function readImageEnv(image: 'webhook' | 'sidecar'): Readonly<Record<string, string>> {
  const dockerfile = readFileSync(new URL(`../Dockerfile.${image}`, import.meta.url), 'utf8')
  const lines = dockerfile.matchAll(/^ENV (\w+)="?(.*?)"?$/gm)
  return Object.fromEntries(Array.from(lines, ([, name = '', value = '']) => [name, value]))
}
