import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs;

/**
 * When the first certificate of a PEM file ends, in milliseconds: of a chain or a list of CAs, each one may be the one that
 * fails. Null: there is none that can be read.
 */
export function certificateEnd(pem: Uint8Array): number | null {
  const ends = [...Buffer.from(pem).toString('latin1').matchAll(CERTIFICATE)].flatMap(([text]) => {
    try {
      return [Date.parse(new X509Certificate(text).validTo)];
    } catch {
      // OpenSSL has read the file: this part of it is no certificate that it uses.
      return [];
    }
  });
  return ends.length === 0 ? null : Math.min(...ends);
}
