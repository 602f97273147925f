/** Tells the demo's story on a terminal or into a pipe, and counts what held. */
import { createColors } from 'picocolors'

type Colors = ReturnType<typeof createColors>

/** What the story's steps tell it with. */
export interface Narrator {
  readonly colors: Colors
  /** Says what the story is about. */
  title(title: string): void
  /** Opens a numbered step. */
  step(title: string): void
  /** Explains, in one or a few lines. */
  say(text: string): void
  /** Prints lines that are already laid out. */
  show(lines: string): void
  /** States what was found to be so or not; the demo's exit status hangs on it. Returns `holds`. */
  check(holds: boolean, sentence: string, detail?: string): boolean
  /** Ends the story with a summary. Returns whether every check held. */
  end(seconds: number): boolean
}

/** A narrator that writes to `write`. Without colours it uses the same words and signs. */
export function createNarrator(write: (text: string) => void, isColored: boolean): Narrator {
  const colors = createColors(isColored)
  let steps = 0
  let held = 0
  const broken: string[] = []

  return {
    colors,
    title(title) {
      write(`\n${colors.bold(title)}\n\n`)
    },
    step(title) {
      steps += 1
      write(`\n${colors.bold(colors.cyan(`${steps}`))}  ${colors.bold(title)}\n\n`)
    },
    say(text) {
      write(`${colors.dim(indent(text, '   '))}\n`)
    },
    show(lines) {
      write(`${indent(lines, '   ')}\n`)
    },
    check(holds, sentence, detail) {
      if (holds) held += 1
      else broken.push(sentence)
      const sign = holds ? colors.green('✓') : colors.red('✗')
      write(`   ${sign} ${holds ? sentence : colors.red(sentence)}\n`)
      if (detail !== undefined) write(`${colors.dim(indent(detail, '     '))}\n`)
      return holds
    },
    end(seconds) {
      const time = `${seconds.toFixed(1)} s`
      write('\n')
      if (broken.length === 0) {
        write(`${colors.green(colors.bold(`All ${held} checks held`))}, in ${time}.\n`)
        return true
      }
      write(
        `${colors.red(colors.bold(`${broken.length} of ${held + broken.length} checks did not hold`))}, in ${time}:\n`,
      )
      for (const sentence of broken) write(`   ${colors.red('✗')} ${sentence}\n`)
      return false
    },
  }
}

function indent(text: string, margin: string): string {
  return text.replaceAll(/^(?=.)/gmu, margin)
}
