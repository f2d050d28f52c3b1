# %PKI: certificates, revocation lists and the trustpool.

@lexer bodyLexer

pki ->
    # CRL fetch for trustpoint SLA-TrustPoint failed Reason : Failed to select socket. Timeout : 5 (Connection timed out)
    %CRL_FETCH_FAIL %crlFetch %trustpoint %failed pki_reason:?      {% read.trustpointAndReason %}
    # CRL download for trustpoint "SLA-TrustPoint" has been discarded. Reason : Failed to verify
  | %CRL_INSERT_FAIL %crlDownload %trustpoint %discarded pki_reason:?  {% read.trustpointAndReason %}
    # Certificate chain validation has failed. The certificate (SN: 0A01) has expired. Validity period ended on 2025-…
  | certificate_invalid %chainFailed                                {% read.nothing %}
  | certificate_invalid %chainFailed %certificateFault              {% read.certificateFault %}
    # Trustpoint: SLA-TrustPoint created succesfully
  | %TRUSTPOINT_CREATE %trustpointLabel %trustpoint %created        {% read.trustpointCreated %}
  | pki_statement                                                   {% read.nothing %}

# Reason : Enrollment URL not configured.
pki_reason -> %because %reason                                      {% read.reason %}

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
