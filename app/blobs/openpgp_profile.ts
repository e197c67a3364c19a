import { enums, type PartialConfig } from 'openpgp'

/**
 * How Webtresor uses OpenPGP (RFC 9580): version 6 keys; SEIPD version 2 with AES-256 in GCM and AEAD chunks of
 * 256 KiB; no compression, since its result would tell about the content by its length, and mail has its own.
 */
export const PROFILE: PartialConfig = {
  v6Keys: true,
  aeadProtect: true,
  preferredAEADAlgorithm: enums.aead.gcm,
  preferredSymmetricAlgorithm: enums.symmetric.aes256,
  preferredCompressionAlgorithm: enums.compression.uncompressed,
  aeadChunkSizeByte: 12,
}
