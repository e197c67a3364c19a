import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from '@japa/runner'
import { CheckpointFolder } from '../../../app/ledger/checkpoint_folder.ts'
import { temporaryFolder } from '../../servers/child.ts'

test.group('The folder of checkpoints', () => {
  test('what nobody waits for is published with what comes after it, and at once when somebody does', async ({
    assert,
    cleanup,
  }) => {
    const { folder, remove } = await temporaryFolder('checkpoints')
    cleanup(remove)
    const latest = () => readFile(join(folder, 'latest'), 'utf8')
    // Time stands still between publications: only who waits can end the pause.
    const checkpoints = new CheckpointFolder(folder, () => new Date(), { pause: 3_600_000 })

    await checkpoints.publish(1, 'one', { patiently: true })
    assert.equal(await latest(), 'one')
    const second = checkpoints.publish(2, 'two', { patiently: true })
    await pause(50)
    assert.equal(await latest(), 'one')
    const third = checkpoints.publish(3, 'three', { patiently: true })
    await checkpoints.publish(4, 'four')
    await Promise.all([second, third])
    assert.equal(await latest(), 'four')

    void checkpoints.publish(5, 'five', { patiently: true })
    await checkpoints.settled
    assert.equal(await latest(), 'five')
    assert.equal(checkpoints.published, 5)
  })
})
