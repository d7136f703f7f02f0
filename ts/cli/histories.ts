import { VIEWS } from '../replay/questions.ts'
import type { CommandEntry } from './commands.ts'

/** Every question of `yuma history`: the views of a lake. */
export const HISTORIES: readonly CommandEntry[] = VIEWS.map((view) => ({
  name: view.command,
  summary: view.summary,
  load: async () => (await import('./history.ts')).historyCommand(view),
}))
