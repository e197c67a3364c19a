import { readdir } from 'node:fs/promises'
import { test } from '@japa/runner'
import { collectingListener, networks } from '../collecting_listener.ts'
import { parseDialog, playDialog, readDialog } from '../smtp_dialog.ts'

const folder = new URL('dialogs/', import.meta.url)
const entries = await readdir(folder)
const files = entries.filter((file) => file.endsWith('.smtp')).sort()

test.group('SMTP dialogs', () => {
  for (const file of files) {
    test(file, async ({ cleanup }) => {
      const dialog = await readDialog(new URL(file, folder))
      const { trusted, domain, ...limits } = dialog.settings
      const listener = await collectingListener({
        trustedNetworks: trusted === 'no' ? networks('10.0.0.0/8') : networks('127.0.0.0/8'),
        hasDomain: () => domain !== 'no',
        isOurs: (id) => id === '17.genuine',
        limits: Object.fromEntries(
          Object.entries(limits).map(([name, value]) => [name, Number(value)])
        ),
      })
      cleanup(() => listener.stop())
      await playDialog(dialog, listener)
    })
  }
})

test.group('The dialog player', () => {
  test('names the line that did not come true', async ({ assert, cleanup }) => {
    const listener = await collectingListener()
    cleanup(() => listener.stop())
    for (const [text, message] of [
      ['<- ^250 ', /^line 1, <- \^250 : got "220 /],
      ['<- ^220 \n-> QUIT\n<- ^221 \n<- ^221 ', /^line 4, .*no reply/],
      ['# remark\n!! 1', /^line 2, .*got "0"/],
      ['! Subject', /^line 1, .*got ""/],
    ] as const) {
      await assert.rejects(() => playDialog(parseDialog(text), listener), message)
    }
    assert.throws(() => parseDialog('-> QUIT\nQUIT'), /line 2 is no line of a dialog: QUIT/)
  })
})
