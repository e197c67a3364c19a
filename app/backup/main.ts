/**
 * The door to backups: a folder from which the installation comes back on another machine.
 *
 *   DIR/manifest.json      written last: without it the backup is not finished
 *   DIR/database.sqlite3   or database.dump, of pg_dump
 *   DIR/checkpoints/       as published
 *   DIR/blobs/xyz/KEY      sealed, as they lie in DATA_DIR
 *
 * Invariants
 * - It runs beside the server: the database is copied first, at one moment, and blobs afterwards. A blob never changes, so
 *   every blob that the copy names is there, or was shredded meanwhile.
 * - A second run into the same folder copies what is new. What was shredded since is removed from it.
 * - Keys are never in DIR: they go to a folder of their own, or nowhere.
 * - Whatever breaks off leaves the last finished database, and no manifest that says otherwise.
 *
 * It refuses to encrypt and to move anything off the machine: sealed blobs need no second lock, and there are good
 * programs for the rest.
 */
export { backUp, type BackedUp } from './back_up.ts'
export { restore } from './restore.ts'
export type { Place } from './place.ts'
