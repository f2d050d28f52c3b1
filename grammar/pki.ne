# %PKI: certificates, revocation lists and the trustpool.

@lexer bodyLexer

pki ->
    # CRL fetch for trustpoint SLA-TrustPoint failed Reason : Failed to select socket. Timeout : 5 (Connection timed out)
    %CRL_FETCH_FAIL %crlFetch %trustpoint %failed pki_reason:?      {% read.trustpointAndReason %}
    # CRL download for trustpoint "SLA-TrustPoint" has been discarded. Reason : Failed to verify
  | %CRL_INSERT_FAIL %crlDownload %trustpoint %discarded pki_reason:?  {% read.trustpointAndReason %}
    # Certificate chain validation has failed. The certificate (SN: 0A01) has expired. Validity period ended on 2025-…
  | certificate_invalid %chainFailed                                {% read.nothing %}
  | certificate_invalid %chainFailed %certificateFault              {% read.statementAndText %}
    # Trustpoint: SLA-TrustPoint created succesfully
  | %TRUSTPOINT_CREATE %trustpointLabel %trustpoint %created        {% read.statementAndTrustpoint %}
    # Manual enrollment for trustpoint SLA-TrustPoint
  | %CERT_ENROLL_MANUAL %enrollmentManual %trustpoint               {% read.statementAndTrustpoint %}
    # Certificate received from Certificate Authority
  | %CERTRET %certificateReceived for_trustpoint:?                  {% read.statementAndPart %}
    # Certificate enrollment request was rejected by Certificate Authority for Trustpoint SLA-TrustPoint
  | %CERTREJECT %certificateRejected for_trustpoint:?               {% read.statementAndPart %}
    # An ID certificate has been installed under Trustpoint : SLA-TrustPoint Issuer-name : cn=… Serial-number: 02 …
  | %CERT_INSTALL %certificateInstalled installed_under:?           {% read.statementAndPart %}
    # PKCS #12 import failed for trustpoint: SLA-TrustPoint. Reason: Failed to import pkcs12 context
  | %PKCS12_IMPORT_FAILURE %importFailed %trustpoint pki_reason:?   {% read.trustpointThenReason %}
    # Key in the certificate and stored key does not match for Trustpoint-SLA-TrustPoint.
  | %KEY_CMP_MISMATCH %keyMismatch %trustpoint                      {% read.statementAndTrustpoint %}
    # CSR Fingerprint MD5 : 0A0B… CSR Fingerprint SHA1: 0C0D…; nothing in the first of several records
  | csr_fingerprint %csrFingerprint:*                               {% read.nothing %}
  | pki_statement                                                   {% read.nothing %}

# Reason : Enrollment URL not configured.
pki_reason -> %because %reason                                      {% read.reason %}

for_trustpoint -> %forTrustpoint %trustpoint                        {% read.labelledTrustpoint %}

# The serial number is the certificate's, not the device's.
installed_under -> %trustpointLabel %trustpoint %certificateDetails:?  {% read.labelledTrustpoint %}

csr_fingerprint -> %CSR_FINGERPRINT | %CSR_FINGERPRINT_UNSIGNED

certificate_invalid -> %CERTIFICATE_INVALID | %CERTIFICATE_INVALID_EXPIRED | %CERTIFICATE_INVALID_NOT_YET_VALID
                     | %CERTIFICATE_INVALID_UNAUTHORIZED | %CERTIFICATE_REVOKED

pki_statement ->
    # Trustpool Download is successful
    %TRUSTPOOL_DOWNLOAD_SUCCESS %trustpoolDownloaded
    # Trustpool Download failed
  | %TRUSTPOOL_DOWNLOAD_FAILURE %trustpoolFailed
    # PKI functions can not be initialized until an authoritative time source, like NTP, can be obtained.
  | %NON_AUTHORITATIVE_CLOCK %noTimeSource
    # The system clock has been set.
  | %AUTHORITATIVE_CLOCK %clockSet
    # Configuration was modified. Issue "write memory" to save new IOS PKI configuration
  | %NOCONFIGAUTOSAVE %notSaved
  | %NOAUTOSAVE %notSaved
    # Running configuration saved to NVRAM[OK]
  | %CONFIGAUTOSAVE %saved
    # Failed to send out message to CA server.
  | %SOCKETSEND %caUnsent
    # PKI: no sudi certificate is installed
  | %SUDI_INFO %noSudi
    # FIPS POST Successful for  cepki
  | %LOG_INFO_DETAIL %selfTest
    # Certificate server now enabled.
  | %CS_ENABLED %serverEnabled
    # Certificate server now disabled.
  | %CS_DISABLED %serverDisabled
    # All enrollment requests will be automatically granted.
  | %CS_GRANT_AUTO %grantedToAll
