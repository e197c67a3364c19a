import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from '@japa/runner'
import {
  CheckpointFolder,
  type CheckpointFolderOptions,
} from '../../../app/ledger/checkpoint_folder.ts'
import { temporaryFolder } from '../../servers/child.ts'

/** A folder into which several processes publish; a note is the size of its tree. */
async function shared(cleanup: (work: () => Promise<void>) => void) {
  const { folder, remove } = await temporaryFolder('checkpoints')
  cleanup(remove)
  return {
    process: (options: Partial<CheckpointFolderOptions> = {}) =>
      new CheckpointFolder(folder, {
        now: () => new Date(),
        sizeOf: (note) => Number(note) || 0,
        ...options,
      }),
    latest: () => readFile(join(folder, 'latest'), 'utf8'),
    put: (note: string) => writeFile(join(folder, 'latest'), note),
  }
}

test.group('The folder of checkpoints', () => {
  test('what nobody waits for is published with what comes after it, and at once when somebody does', async ({
    assert,
    cleanup,
  }) => {
    const { process, latest } = await shared(cleanup)
    // The pause ends for who waits, and else not in this test.
    const checkpoints = process({ pause: 3_600_000 })

    await checkpoints.publish(1, '1', { patiently: true })
    assert.equal(await latest(), '1')
    const second = checkpoints.publish(2, '2', { patiently: true })
    await pause(50)
    assert.equal(await latest(), '1')
    const third = checkpoints.publish(3, '3', { patiently: true })
    await checkpoints.publish(4, '4')
    await Promise.all([second, third])
    assert.equal(await latest(), '4')

    void checkpoints.publish(5, '5', { patiently: true })
    await checkpoints.settled
    assert.equal(await latest(), '5')
    assert.equal(checkpoints.published, 5)
  })

  test('what another process published of a larger tree stays; what is no checkpoint does not', async ({
    assert,
    cleanup,
  }) => {
    const { process, latest, put } = await shared(cleanup)
    const [patient, other] = [process(), process()]
    await patient.publish(99, '99', { patiently: true })
    const late = patient.publish(100, '100', { patiently: true })
    await other.publish(101, '101')
    await late
    assert.equal(await latest(), '101')
    await patient.publish(102, '102')
    assert.equal(await latest(), '102')

    await put('rubbish')
    await other.publish(103, '103')
    assert.equal(await latest(), '103')
  })
})
