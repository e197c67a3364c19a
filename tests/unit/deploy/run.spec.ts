import { test } from '@japa/runner'

test.group('What scripts run', () => {
  test('ends at its limit with all that it started', async ({ assert }) => {
    // Scripts are plain JavaScript: they run before anything is installed.
    const { run } = await import(new URL('../../../scripts/install.js', import.meta.url).href)
    const said: string[] = []
    const code = await run('sh', ['-c', 'echo begun; sleep 20 & wait'], {
      onLine: (line: string) => said.push(line),
      limit: 300,
    })
    assert.equal(code, 137)
    assert.deepEqual(said, ['begun'])
  }).timeout(5_000)
})
