import { test } from '@japa/runner'
import { verdictOf } from '../../../app/scanning/verdict.ts'
import { parseAddress } from '../../../app/scanning/address.ts'

test.group('verdict of an answer', () => {
  test('exactly OK after everything was sent is clean', ({ assert }) => {
    assert.deepEqual(verdictOf('stream: OK', true), { status: 'clean' })
  })

  test('OK before everything was sent is not', ({ assert }) => {
    assert.equal(verdictOf('stream: OK', false).status, 'unavailable')
  })

  test('answer {$i} is unavailable')
    .with([
      '',
      'OK',
      'stream: OK ',
      'stream: OK\n',
      'stream: ok',
      ' stream: OK',
      'Stream: OK',
      'stream: OK\0stream: OK',
      'stream: X FOUND\nstream: OK',
      'stream: OK\r\nstream: X ERROR',
      'stream:  FOUND',
      'PONG',
      'UNKNOWN COMMAND',
      'COMMAND READ TIMED OUT ERROR',
      "stream: Can't allocate memory ERROR",
      'PROTOCOL ERROR: ancillary data sent without FILDES. ERROR',
      'stream: Something that nobody knows ERROR',
      "stream: Can't create temporary file ERROR",
      'HTTP/1.1 400 Bad Request',
    ])
    .run(({ assert }, answer) => {
      assert.equal(verdictOf(answer, true).status, 'unavailable')
    })

  test('answer {$i} is unchecked')
    .with([
      'INSTREAM size limit exceeded. ERROR',
      'stream: Heuristics.Encrypted.Zip FOUND',
      'stream: Heuristics.Encrypted.PDF FOUND',
      'stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND',
      'stream: Heuristics.Limits.Exceeded FOUND',
    ])
    .run(({ assert }, answer) => {
      assert.equal(verdictOf(answer, true).status, 'unchecked')
      assert.equal(verdictOf(answer, false).status, 'unchecked')
    })

  test('an error that lies in the content is unchecked, once all of it was sent', ({ assert }) => {
    for (const error of ['Time limit reached', 'CL_EFORMAT: Bad format or broken data']) {
      assert.equal(verdictOf(`stream: ${error} ERROR`, true).status, 'unchecked')
      assert.equal(verdictOf(`stream: ${error} ERROR`, false).status, 'unavailable')
    }
  })

  test('a signature is infected, whenever it comes', ({ assert }) => {
    for (const complete of [true, false]) {
      assert.deepEqual(verdictOf('stream: Win.Test.EICAR_HDB-1 FOUND', complete), {
        status: 'infected',
        signature: 'Win.Test.EICAR_HDB-1',
      })
    }
    assert.equal(verdictOf('stream: Heuristics.Phishing.Email FOUND', true).status, 'infected')
    assert.equal(verdictOf('stream: Heuristics.EncryptedX FOUND', true).status, 'infected')
  })
})

test.group('address of a scanner', () => {
  test('tcp and unix URLs are read', ({ assert }) => {
    assert.deepEqual(parseAddress('tcp://127.0.0.1:3310'), { host: '127.0.0.1', port: 3310 })
    assert.deepEqual(parseAddress('tcp://[::1]:3310'), { host: '::1', port: 3310 })
    assert.deepEqual(parseAddress('unix:/run/clamav/clamd.ctl'), { path: '/run/clamav/clamd.ctl' })
    assert.deepEqual(parseAddress('unix:///run/clamd'), { path: '/run/clamd' })
  })

  test('URL {$i} is refused')
    .with(['tcp://127.0.0.1', 'http://127.0.0.1:3310', 'unix:', 'clamd', ''])
    .run(({ assert }, url) => {
      assert.throws(() => parseAddress(url), /is not tcp:\/\/host:port or unix:\/path/)
    })
})
