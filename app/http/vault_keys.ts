import type { I18n } from '@adonisjs/i18n'

/** Keys of the list, for its help. */
export function listKeys(i18n: I18n): { keys: string[]; text: string }[] {
  const say = (key: string) => i18n.t(`vaults.${key}`)
  const control = say('key_ctrl')
  return [
    { keys: ['↑', '↓'], text: say('help_move') },
    { keys: [say('key_shift'), '↑', '↓'], text: say('help_extend') },
    { keys: [say('key_space')], text: say('help_toggle') },
    { keys: [say('key_enter')], text: say('help_open') },
    { keys: ['Alt', say('key_enter')], text: say('menu_details') },
    { keys: [say('key_back')], text: say('help_up') },
    { keys: ['F2'], text: say('tool_rename') },
    { keys: [say('key_delete')], text: say('tool_remove') },
    { keys: [control, 'A'], text: say('menu_select_all') },
    { keys: [control, 'C'], text: say('menu_copy') },
    { keys: [control, 'X'], text: say('menu_cut') },
    { keys: [control, 'V'], text: say('menu_paste') },
    { keys: [say('key_shift'), 'F10'], text: say('help_menu') },
    { keys: ['Esc'], text: say('help_escape') },
    { keys: ['/'], text: say('help_search') },
    { keys: ['?'], text: say('dialog_help') },
  ]
}
