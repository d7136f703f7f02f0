/** Bytes of a file as it is stored, packed or not. */
export const MAX_FILE_BYTES: number = 256 * 2 ** 20
/** Bytes of a file once unpacked: as much as one JavaScript string holds. */
export const MAX_UNPACKED_BYTES: number = 512 * 2 ** 20 - 1024
/** uids are u16, so no column of a subnet is longer. */
export const MAX_NEURONS = 65535
/** `MAX_MECHANISM_COUNT_PER_SUBNET`. */
export const MAX_MECHANISMS = 16
/** Vectors in one set. */
export const MAX_VECTORS = 65536
/** Bytes of all that is under `extra`. */
export const MAX_EXTRA_BYTES: number = 16 * 2 ** 20
