import { isIP } from 'node:net';
import type { DetailedPeerCertificate, PeerCertificate } from 'node:tls';
import type { Diagnosis } from './types.js';

/** Describes why a certificate is not trusted, by the code of OpenSSL or Node. */
export function describeCertificateProblem(
  code: string,
  certificate: DetailedPeerCertificate,
  host: string,
): Diagnosis {
  const { message, advice } = (PROBLEMS[code] ?? NOT_TRUSTED)(certificate, host);
  return { message: `the certificate ${message} (${code})`, advice };
}

/** Describes one kind of problem. The message is a predicate such as `has expired`. */
type DescribeProblem = (certificate: DetailedPeerCertificate, host: string) => Diagnosis;

const TRUST_CA_ADVICE = 'If you use your own certificate authority, set NODE_EXTRA_CA_CERTS to its file.';

const NOT_TRUSTED: DescribeProblem = () => ({ message: 'is not trusted', advice: TRUST_CA_ADVICE });
const UNKNOWN_ISSUER: DescribeProblem = () => ({
  message: 'has an issuer that this machine does not know',
  advice: `Configure the service to send its intermediate certificates. ${TRUST_CA_ADVICE}`,
});

const PROBLEMS: Readonly<Record<string, DescribeProblem>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: () => ({
    message: 'is self-signed',
    advice:
      'If it is your certificate, set NODE_EXTRA_CA_CERTS to its file. Otherwise check which server responds.',
  }),
  SELF_SIGNED_CERT_IN_CHAIN: () => ({
    message: 'has a certificate authority that this machine does not trust',
    advice: TRUST_CA_ADVICE,
  }),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ISSUER,
  CERT_HAS_EXPIRED: createDateProblem({
    isInvalid: ({ valid_to }) => Date.parse(valid_to) <= Date.now(),
    describe: ({ valid_to }) => `expired on ${formatDay(valid_to)}`,
    fallbackDescription: 'has expired',
    advice: 'Renew the certificate, or check the clock of this machine.',
  }),
  CERT_NOT_YET_VALID: createDateProblem({
    isInvalid: ({ valid_from }) => Date.parse(valid_from) > Date.now(),
    describe: ({ valid_from }) => `is not valid before ${formatDay(valid_from)}`,
    fallbackDescription: 'is not valid yet',
    advice: 'Check the clock of this machine.',
  }),
  ERR_TLS_CERT_ALTNAME_INVALID: (certificate, host) => ({
    message: `is for ${describeNames(certificate)}, not for ${host}`,
    advice:
      isIP(host) && certificate.subjectaltname === undefined
        ? 'Issue a certificate with this address as an alternative name, because the common name does not apply to addresses. Or call the service by its host name.'
        : 'Call the service by a name in the certificate, or issue a certificate for this name.',
  }),
};

interface DateProblem {
  readonly isInvalid: (certificate: PeerCertificate) => boolean;
  /** Describes a certificate that the server sent. */
  readonly describe: (certificate: PeerCertificate) => string;
  /** Describes a certificate that the server did not send. */
  readonly fallbackDescription: string;
  readonly advice: string;
}

/**
 * Creates a function that describes an expired or not yet valid certificate.
 *
 * OpenSSL reports the same code for the service's certificate and for its issuers. The function finds the invalid one.
 */
function createDateProblem({
  isInvalid,
  describe,
  fallbackDescription,
  advice,
}: DateProblem): DescribeProblem {
  return (certificate) => {
    const invalid = issuerChain(certificate).find(isInvalid);
    if (invalid === certificate) return { message: describe(invalid), advice };
    const issuer = invalid
      ? `the certificate of ${issuerName(invalid)}, which ${describe(invalid)}`
      : `another certificate, which ${fallbackDescription}`;
    return {
      message: `depends on ${issuer}`,
      advice:
        'Check the clock of this machine. If it is correct, replace that certificate. Intermediate certificates come from the service, and your own certificate authority from NODE_EXTRA_CA_CERTS.',
    };
  };
}

/** Returns a certificate and its issuers, if the server sent them. */
function issuerChain(certificate: DetailedPeerCertificate): readonly DetailedPeerCertificate[] {
  const chain = new Map<string, DetailedPeerCertificate>(); // by fingerprint: a self-signed certificate is its own issuer
  let current: DetailedPeerCertificate | undefined = certificate;
  while (current && !chain.has(current.fingerprint256)) {
    chain.set(current.fingerprint256, current);
    current = current.issuerCertificate;
  }
  return [...chain.values()];
}

const describeNames = ({ subjectaltname, subject }: PeerCertificate): string => {
  if (subjectaltname !== undefined) return subjectaltname.slice(0, 200);
  return subject.CN ? `the common name ${cleanName(subject.CN)}` : 'no name';
};

const issuerName = ({ subject }: PeerCertificate): string =>
  cleanName(subject.CN ?? subject.O ?? 'an unnamed authority');

/** Limits a name from a certificate to one line of 200 characters, because the name may contain anything. */
const cleanName = (names: string | readonly string[]): string =>
  [names].flat().join(', ').replace(/\s+/g, ' ').slice(0, 200);

const formatDay = (date: string): string => new Date(date).toISOString().slice(0, 10);
