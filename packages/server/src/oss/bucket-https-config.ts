import { served } from '@millrace/protocol/oss';
import { XmlError } from '@millrace/protocol/xml';
import type { HttpsSetting } from '../domain/settings/bucket-settings.ts';
import { documentHandlers } from './bucket-document.ts';

const TLS_VERSIONS = ['TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

const https = documentHandlers(
  { put: served.PutBucketHttpsConfig, get: served.GetBucketHttpsConfig },
  {
    setting: 'https',
    unset: { TLS: { Enable: false, TLSVersion: [] } },
    read({ TLS: tls, CipherSuite: ciphers }) {
      if (tls?.Enable && tls.TLSVersion.length === 0) {
        throw new XmlError('The element HttpsConfiguration>TLS>TLSVersion is missing, which TLS>Enable asks for.');
      }
      const setting: HttpsSetting = {};
      if (tls) setting.tls = { enabled: tls.Enable, versions: tls.TLSVersion };
      if (ciphers) {
        setting.ciphers = {
          enabled: ciphers.Enable,
          ...(ciphers.StrongCipherSuite !== undefined && { strong: ciphers.StrongCipherSuite }),
          suites: ciphers.CustomCipherSuite,
          tls13Suites: ciphers.TLS13CustomCipherSuite,
        };
      }
      return setting;
    },
    write: ({ tls, ciphers }) => ({
      TLS: tls && { Enable: tls.enabled, TLSVersion: TLS_VERSIONS.filter((word) => tls.versions.includes(word)) },
      CipherSuite: ciphers && {
        Enable: ciphers.enabled,
        StrongCipherSuite: ciphers.strong,
        CustomCipherSuite: ciphers.suites,
        TLS13CustomCipherSuite: ciphers.tls13Suites,
      },
    }),
  },
);

export const putBucketHttpsConfig = https.put;
export const getBucketHttpsConfig = https.get;
