/** Bytes of a file once unpacked: as much as one JavaScript string holds. */
export const MAX_UNPACKED_BYTES: number = 512 * 2 ** 20 - 1024
/** Bytes of a file as it is stored, packed or not: what can be written plain can be read. */
export const MAX_FILE_BYTES: number = MAX_UNPACKED_BYTES
/** uids are u16, so no column of a subnet is longer. */
export const MAX_NEURONS = 65535
/** `MAX_MECHANISM_COUNT_PER_SUBNET`. */
export const MAX_MECHANISMS = 16
/** Entries of one row of weights or bonds: uids are u16, and a neuron names each once. */
export const MAX_ROW_ENTRIES = 65536
/** Weights and bonds of a snapshot, of all its mechanisms: what has as many fits into a file that can be read. */
export const MAX_ENTRIES = 30_000_000
/** Vectors in one set. */
export const MAX_VECTORS = 65536
/** Bytes of all that is under `extra`. */
export const MAX_EXTRA_BYTES: number = 16 * 2 ** 20
