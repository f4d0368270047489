/** The checksum is the clients' as well: it stands in a package of its own. */
export { Crc64, combine, crc64 } from '@millrace/crc64';
