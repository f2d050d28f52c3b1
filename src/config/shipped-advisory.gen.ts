/** The shipped advisory when it was last validated; `npm run schema` writes this file. */
import type { AdvisoryFile } from './advisory-form.ts';

/** SHA-256 of the file. */
export const foundValid = '0203972380b196b4ac9ca35db4986b34ba9a123d4452a3b3b5f4363a93c439c1';

/** The value of the file. */
export const shipped: AdvisoryFile = {
 "id": "quovadis-root-ca-2",
 "prefix": "qv",
 "version": 2,
 "title": "QuoVadis trust failure",
 "notice": "FN72298",
 "defect": "CSCvx00521",
 "url": "https://www.cisco.com/c/en/us/support/docs/field-notices/722/fn72298.html",
 "correlation": {
  "window": "168h",
  "lateness": "48h",
  "holdTime": "1h",
  "staleAfter": "35d",
  "stateSuspectsAfter": "3d",
  "confirmAfter": "12h",
  "serverMovedAfter": "24h",
  "reopenWithin": "24h",
  "reopenUnrepairedWithin": "7d"
 },
 "assumed": [
  "correlation.window",
  "correlation.stateSuspectsAfter",
  "correlation.confirmAfter",
  "correlation.serverMovedAfter",
  "correlation.reopenUnrepairedWithin",
  "thresholds.healsByItself",
  "noWayOut.within",
  "clock.offBy",
  "visibility",
  "hypotheses"
 ],
 "grace": "365d",
 "criticalBelow": "30d",
 "families": {
  "trust-proof": {
   "weight": 3,
   "proof": true
  },
  "call-home": {
   "weight": 2
  },
  "revocation": {
   "weight": 2,
   "alone": false,
   "server": "unnamed"
  },
  "communication": {
   "weight": 1
  },
  "authorization": {
   "weight": 1
  },
  "consequence": {
   "weight": 0
  }
 },
 "counts": {
  "servers": [
   "cisco",
   "unnamed"
  ],
  "manners": [
   "refused",
   "aborted"
  ]
 },
 "thresholds": {
  "suspected": {
   "score": 3,
   "families": 2,
   "proofAlone": [
    "COMM_FAILED"
   ],
   "expired": [
    "AUTHORIZATION_EXPIRED"
   ]
  },
  "confirmed": {
   "score": 5
  },
  "proof": {
   "families": 2
  },
  "affected": {
   "score": 4,
   "families": 3,
   "repeatedScore": 3
  },
  "healsByItself": {
   "times": 2,
   "within": "7d"
  }
 },
 "noWayOut": {
  "manners": [
   "timeout",
   "unresolved"
  ],
  "within": "1h"
 },
 "clock": {
  "offBy": "24h"
 },
 "visibility": {
  "level": 4,
  "within": "7d",
  "lines": 200
 },
 "hypotheses": {
  "leads": 3,
  "affected": 2,
  "proof": 5,
  "timeout": 7,
  "timeoutBesideAbort": 3,
  "revocationTimeout": 1,
  "unresolved": 9,
  "configuration": 10,
  "clock": 20,
  "ownServer": 3,
  "outOfCompliance": 3,
  "healed": 4,
  "trainFails": 3,
  "plantFails": 8,
  "linksDown": 3,
  "everybodyFails": 15
 },
 "checks": {
  "trust": [
   {
    "check": "the new root is in the trustpool",
    "commands": [
     "show crypto pki trustpool"
    ]
   }
  ],
  "interception": [
   {
    "check": "no proxy or firewall on the way opens TLS to tools.cisco.com and smartreceiver.cisco.com"
   },
   {
    "check": "the trustpool is complete",
    "commands": [
     "show crypto pki trustpool",
     "show license all"
    ]
   }
  ],
  "clock": [
   {
    "check": "the date is right and a time source has authority",
    "commands": [
     "show clock detail",
     "show ntp status"
    ]
   }
  ],
  "configuration": [
   {
    "check": "transport and URL of Smart Licensing are set",
    "commands": [
     "show license all"
    ]
   },
   {
    "check": "the registration token is valid in the account"
   }
  ],
  "dns": [
   {
    "check": "the name server answers for tools.cisco.com and smartreceiver.cisco.com",
    "commands": [
     "show running-config | include name-server",
     "ping tools.cisco.com"
    ]
   }
  ],
  "network": [
   {
    "check": "port 443 to tools.cisco.com and smartreceiver.cisco.com is open, with the right source interface",
    "commands": [
     "telnet tools.cisco.com 443",
     "show ip route",
     "show running-config | include source-interface"
    ]
   },
   {
    "check": "links and the firewall of the plant"
   }
  ],
  "own-server": [
   {
    "check": "the customer's own licensing server or CSLU runs, and its certificate is valid",
    "commands": [
     "show license all"
    ]
   }
  ],
  "outage": [
   {
    "check": "other devices, also of other plants and with fixed releases, fail as well; wait and look again"
   }
  ],
  "out-of-compliance": [
   {
    "check": "the account has enough licences",
    "commands": [
     "show license usage"
    ]
   }
  ]
 },
 "causes": [
  {
   "text": "server TLS cert cannot be validated",
   "cause": "trust",
   "manner": "refused",
   "family": "trust-proof"
  },
  {
   "text": "Data and signature do not match",
   "cause": "trust",
   "manner": "refused",
   "family": "trust-proof"
  },
  {
   "text": "Signed data and certificate does not match",
   "cause": "trust",
   "manner": "refused",
   "family": "trust-proof"
  },
  {
   "text": "smart license transport is disabled",
   "cause": "configuration",
   "manner": "disabled"
  },
  {
   "text": "Enrollment URL not configured",
   "cause": "configuration",
   "manner": "disabled"
  },
  {
   "text": "token",
   "cause": "configuration",
   "manner": "denied",
   "assumed": true
  },
  {
   "text": "Unable to resolve server hostname",
   "cause": "dns",
   "manner": "unresolved"
  },
  {
   "text": "not yet valid",
   "cause": "clock",
   "manner": "clock",
   "assumed": true
  },
  {
   "text": "start date not reached",
   "cause": "clock",
   "manner": "clock"
  },
  {
   "errorCode": 205,
   "cause": "transport",
   "manner": "aborted"
  },
  {
   "errorCode": 207,
   "cause": "network",
   "manner": "timeout"
  },
  {
   "text": "Fail to send out Call Home HTTP message",
   "cause": "transport",
   "manner": "aborted"
  },
  {
   "text": "Connection timed out",
   "cause": "network",
   "manner": "timeout"
  },
  {
   "text": "Connection time out",
   "cause": "network",
   "manner": "timeout"
  },
  {
   "text": "resolve",
   "cause": "dns",
   "manner": "unresolved",
   "assumed": true
  },
  {
   "text": "timed out",
   "cause": "network",
   "manner": "timeout",
   "assumed": true
  }
 ],
 "otherwise": {
  "cause": "ambiguous",
  "manner": "aborted"
 },
 "signals": {
  "SMART_LIC": {
   "COMM_FAILED": {
    "kind": "failure",
    "family": "communication",
    "claim": "state"
   },
   "COMM_INIT_FAILED": {
    "kind": "failure",
    "family": "communication",
    "claim": "state"
   },
   "AUTH_RENEW_FAILED": {
    "kind": "failure",
    "family": "authorization",
    "claim": "state"
   },
   "ENTITLEMENT_RENEW_FAILED": {
    "kind": "failure",
    "family": "authorization",
    "claim": "state"
   },
   "ID_CERT_RENEW_FAILED": {
    "kind": "failure",
    "family": "authorization",
    "claim": "state"
   },
   "AGENT_REG_FAILED": {
    "kind": "failure",
    "family": "authorization",
    "claim": "state"
   },
   "TRUST_CODE_INSTALL_FAILED": {
    "kind": "failure",
    "family": "authorization",
    "claim": "state"
   },
   "CERTIFICATE_VALIDATION": {
    "kind": "failure",
    "family": "trust-proof",
    "cause": "trust",
    "manner": "refused"
   },
   "SAEVT_DEREGISTER_STATUS": {
    "kind": "failure",
    "family": "trust-proof",
    "needs": "trust"
   },
   "OUT_OF_COMPLIANCE": {
    "kind": "consequence",
    "family": "consequence",
    "claim": "state",
    "endedBy": "IN_COMPLIANCE"
   },
   "AUTHORIZATION_EXPIRED": {
    "kind": "consequence",
    "family": "consequence"
   },
   "ID_CERT_EXPIRED": {
    "kind": "consequence",
    "family": "consequence"
   },
   "ID_CERT_EXPIRED_WARNING": {
    "kind": "consequence",
    "family": "consequence",
    "severity": "keep"
   },
   "COMM_RESTORED": {
    "kind": "recovery"
   },
   "AUTH_RENEW_SUCCESS": {
    "kind": "recovery"
   },
   "AGENT_REG_SUCCESS": {
    "kind": "recovery"
   },
   "ENTITLEMENT_RENEW_SUCCESS": {
    "kind": "recovery"
   },
   "ID_CERT_RENEW_SUCCESS": {
    "kind": "recovery"
   },
   "TRUST_CODE_INSTALL_SUCCESS": {
    "kind": "recovery"
   },
   "IN_COMPLIANCE": {
    "kind": "recovery"
   },
   "POLICY_INSTALL_SUCCESS": {
    "kind": "hint"
   },
   "POLICY_INSTALL_FAILED": {
    "kind": "hint"
   },
   "AUTHORIZATION_INSTALL_SUCCESS": {
    "kind": "hint"
   },
   "REPORTING_REQUIRED": {
    "kind": "hint"
   },
   "REPORTING_NOT_SUPPORTED": {
    "kind": "hint"
   },
   "ID_CERT_RENEW_NOT_STARTED": {
    "kind": "clock",
    "cause": "clock"
   },
   "REG_EXPIRED_CLOCK_CHANGE": {
    "kind": "clock",
    "cause": "clock"
   },
   "SYSTEM_CLOCK_CHANGED": {
    "kind": "clock"
   }
  },
  "CALL_HOME": {
   "SL_MESSAGE_FAILED": {
    "kind": "failure",
    "family": "call-home"
   },
   "HTTP_REQUEST_FAILED": {
    "kind": "failure",
    "family": "call-home",
    "licensing": false
   }
  },
  "PKI": {
   "CRL_FETCH_FAIL": {
    "kind": "failure",
    "family": "revocation",
    "trustpoint": "^SLA-TrustPoint$|trustpool",
    "countsAlso": [
     "timeout"
    ]
   },
   "CRL_INSERT_FAIL": {
    "kind": "hint"
   },
   "TRUSTPOOL_DOWNLOAD_FAILURE": {
    "kind": "failure",
    "family": "revocation"
   },
   "CERTIFICATE_INVALID": {
    "kind": "failure",
    "family": "revocation"
   },
   "CERTIFICATE_INVALID_EXPIRED": {
    "kind": "failure",
    "family": "revocation",
    "trustpoint": "^SLA-TrustPoint$|trustpool"
   },
   "CERTIFICATE_INVALID_UNAUTHORIZED": {
    "kind": "failure",
    "family": "revocation"
   },
   "CERTIFICATE_INVALID_NOT_YET_VALID": {
    "kind": "failure",
    "family": "revocation",
    "cause": "clock",
    "manner": "clock"
   },
   "NON_AUTHORITATIVE_CLOCK": {
    "kind": "clock",
    "cause": "clock",
    "clock": "unset"
   },
   "AUTHORITATIVE_CLOCK": {
    "kind": "clock",
    "clock": "set"
   },
   "TRUSTPOOL_DOWNLOAD_SUCCESS": {
    "kind": "remediation"
   },
   "NOCONFIGAUTOSAVE": {
    "kind": "hint",
    "saved": false
   },
   "NOAUTOSAVE": {
    "kind": "hint",
    "saved": false
   },
   "CONFIGAUTOSAVE": {
    "kind": "hint",
    "saved": true
   }
  }
 },
 "peers": [
  {
   "text": "CSLU",
   "are": [
    "cslu"
   ],
   "server": "cslu"
  },
  {
   "text": "License Utility",
   "are": [
    "cslu"
   ],
   "server": "cslu"
  },
  {
   "text": "or satellite",
   "are": [
    "cssm",
    "satellite"
   ],
   "server": "cisco"
  },
  {
   "text": "On-Prem",
   "are": [
    "satellite"
   ],
   "server": "own"
  },
  {
   "text": "OnPrem",
   "are": [
    "satellite"
   ],
   "server": "own"
  },
  {
   "text": "satellite",
   "are": [
    "satellite"
   ],
   "server": "own"
  },
  {
   "text": "Smart Software Manager",
   "are": [
    "cssm"
   ],
   "server": "cisco"
  },
  {
   "text": "licensing cloud",
   "are": [
    "cssm"
   ],
   "server": "cisco",
   "assumed": true
  },
  {
   "text": "CSSM",
   "are": [
    "cssm"
   ],
   "server": "cisco"
  }
 ],
 "hosts": [
  {
   "host": "cisco.com",
   "server": "cisco"
  },
  {
   "host": "cslu-local",
   "server": "cslu",
   "assumed": true
  }
 ],
 "products": [
  {
   "family": "IE3x00",
   "source": "FN72298",
   "pid": "^IE-?3[0-9x](?:00|xx)",
   "releases": [
    "16.10.1",
    "16.10.1a",
    "16.10.1b",
    "16.10.1c",
    "16.10.1d",
    "16.10.1e",
    "16.10.1f",
    "16.10.1g",
    "16.10.1i",
    "16.10.1s",
    "16.11.1",
    "16.11.1a",
    "16.11.1b",
    "16.11.1c",
    "16.11.1s",
    "16.12.1",
    "16.12.1a",
    "16.12.1c",
    "16.12.1s",
    "16.12.1t",
    "16.12.1w",
    "16.12.1x",
    "16.12.1y",
    "16.12.1z",
    "16.12.1z1",
    "16.12.1z2",
    "16.9.1",
    "16.9.1a",
    "16.9.1b",
    "16.9.1c",
    "16.9.1d",
    "16.9.1s",
    "17.1.1",
    "17.1.1a",
    "17.1.1s",
    "17.1.1t",
    "17.2.1",
    "17.2.1a",
    "17.2.1r",
    "17.2.1v",
    "17.3.1",
    "17.3.1a",
    "17.3.1w",
    "17.3.1x",
    "17.3.2",
    "17.3.2a",
    "17.3.3",
    "17.3.3a",
    "17.4.1",
    "17.4.1a",
    "17.4.1b",
    "17.5.1",
    "17.5.1a"
   ],
   "fixed": [
    "17.6.1"
   ],
   "earlier": "affected"
  },
  {
   "family": "ESS3x00",
   "source": "FN72298",
   "pid": "^ESS-?3[0-9x]00",
   "releases": [
    "16.10.1",
    "16.10.1a",
    "16.10.1b",
    "16.10.1c",
    "16.10.1d",
    "16.10.1e",
    "16.10.1f",
    "16.10.1g",
    "16.10.1i",
    "16.10.1s",
    "16.11.1",
    "16.11.1a",
    "16.11.1b",
    "16.11.1c",
    "16.11.1s",
    "16.12.1",
    "16.12.1a",
    "16.12.1c",
    "16.12.1s",
    "16.12.1t",
    "16.12.1w",
    "16.12.1x",
    "16.12.1y",
    "16.12.1z",
    "16.12.1z1",
    "16.12.1z2",
    "16.9.1",
    "16.9.1a",
    "16.9.1b",
    "16.9.1c",
    "16.9.1d",
    "16.9.1s",
    "17.1.1",
    "17.1.1a",
    "17.1.1s",
    "17.1.1t",
    "17.2.1",
    "17.2.1a",
    "17.2.1r",
    "17.2.1v",
    "17.3.1",
    "17.3.1a",
    "17.3.1w",
    "17.3.1x",
    "17.3.2",
    "17.3.2a",
    "17.3.3",
    "17.3.3a",
    "17.4.1",
    "17.4.1a",
    "17.4.1b",
    "17.5.1",
    "17.5.1a"
   ],
   "fixed": [
    "17.6.1"
   ],
   "earlier": "affected"
  },
  {
   "family": "ESS9300",
   "source": "FN72298",
   "pid": "^ESS-?9300",
   "releases": [
    "17.4.1",
    "17.4.1a",
    "17.4.1b",
    "17.4.2",
    "17.4.2a",
    "17.5.1",
    "17.5.1a"
   ],
   "fixed": [
    "17.6.1"
   ],
   "earlier": "affected"
  },
  {
   "family": "IOS-XE of other platforms",
   "source": "FN72323",
   "pid": "^(C9[0-9]|WS-C3[68]50|ISR[14]|C1[01][0-9]{2}|C8[0-9]{3}|ASR-?10|CSR1000V|IR1[18]|VG4)",
   "ranges": [
    {
     "from": "16.1.1",
     "to": "16.12.5b"
    },
    {
     "from": "17.1.1",
     "to": "17.4.1b"
    }
   ],
   "fixed": [
    "16.12.6",
    "17.3.4",
    "17.4.2",
    "17.5.1"
   ]
  }
 ],
 "servers": [
  {
   "host": "tools.cisco.com",
   "expires": "2022-02-05"
  },
  {
   "host": "smartreceiver.cisco.com",
   "expires": "2023-01-26"
  }
 ],
 "services": [
  {
   "name": "Smart Licensing",
   "symptom": "the connection to the server fails"
  },
  {
   "name": "Smart Call Home",
   "symptom": "the connection to the server and the Call-Home HTTP request fail"
  }
 ],
 "defaultNames": [
  "Switch",
  "Router",
  "localhost"
 ],
 "exempt": [
  "PLR",
  "SLR"
 ],
 "remediation": {
  "upgrade": "Upgrade IOS-XE to a fixed release.",
  "workarounds": [
   {
    "title": "In configuration mode, import the trustpool bundle by URL or from flash",
    "commands": [
     "crypto pki trustpool import url http://www.cisco.com/security/pki/trs/ios_core.p7b",
     "crypto pki trustpool import url flash:ios_core.p7b"
    ],
    "choose": "one"
   },
   {
    "title": "Import the new root on the terminal, and save",
    "commands": [
     "config t",
     "crypto pki trustpool import terminal",
     "exit",
     "wr mem"
    ],
    "choose": "all"
   }
  ],
  "script": [
   "config t",
   "crypto pki trustpool import url http://www.cisco.com/security/pki/trs/ios_core.p7b",
   "exit",
   "wr mem",
   "show crypto pki trustpool"
  ],
  "verify": "show crypto pki trustpool",
  "oldRoot": {
   "name": "QuoVadis Root CA 2",
   "serial": "0509"
  },
  "newRoot": {
   "name": "IdenTrust Commercial Root CA 1",
   "serial": "0A0142800000014523C844B500000002",
   "pem": "-----BEGIN CERTIFICATE-----\nMIIFYDCCA0igAwIBAgIQCgFCgAAAAUUjyES1AAAAAjANBgkqhkiG9w0BAQsFADBK\nMQswCQYDVQQGEwJVUzESMBAGA1UEChMJSWRlblRydXN0MScwJQYDVQQDEx5JZGVu\nVHJ1c3QgQ29tbWVyY2lhbCBSb290IENBIDEwHhcNMTQwMTE2MTgxMjIzWhcNMzQw\nMTE2MTgxMjIzWjBKMQswCQYDVQQGEwJVUzESMBAGA1UEChMJSWRlblRydXN0MScw\nJQYDVQQDEx5JZGVuVHJ1c3QgQ29tbWVyY2lhbCBSb290IENBIDEwggIiMA0GCSqG\nSIb3DQEBAQUAA4ICDwAwggIKAoICAQCnUBneP5k91DNG8W9RYYKyqU+PZ4ldhNlT\n3Qwo2dfw/66VQ3KZ+bVdfIrBQuExUHTRgQ18zZshq0PirK1ehm7zCYofWjK9ouuU\n+ehcCuz/mNKvcbO0U59Oh++SvL3sTzIwiEsXXlfEU8L2ApeN2WIrvyQfYo3fw7gp\nS0l4PJNgiCL8mdo2yMKi1CxUAGc1bnO/AljwpN3lsKImesrgNqUZFvX9t++uP0D1\nbVoE/c40yiTcdCMbXTMTEl3EASX2MN0CXZ/g1Ue9tOsbobtJSdifWwLziuQkkORi\nT0/Br4sOdBeo0XKIanoBScy0RnnGF7HamB4HWfp1IYVl3ZBWzvurpWCdxJ35UrCL\nvYf5jysjCiN2O/cz4ckA82n5S6LgTrx+kzmEB/dEcH7+B1rlsazRGMzyNeVJSQjK\nVsk9+w8YfYs7wRPCTY/JTw436R+hDmrfYi7LNQZReSzIJTj0+kuniVyc0uMNOYZK\ndHzVWYfCP04MXFL0PfdSgvHqo6z9STQaKPNBiDoT7uje/5kdX7rL6B7yuVBgwDHT\nc+XvvqDtMwt0viAgxGds8AgDelWAf0ZOlqf0Hj7h9tgJ4TNkK2PXMl6f+cB7D3hv\nl7yTmvmcEpB4eoCHFddydJxVdHixuuFucAS6T6C6aMN7/zHwcz09lCqxC0EOoP5N\niGVreTO01wIDAQABo0IwQDAOBgNVHQ8BAf8EBAMCAQYwDwYDVR0TAQH/BAUwAwEB\n/zAdBgNVHQ4EFgQU7UQZwNPwBovupHu+QucmVMiONnYwDQYJKoZIhvcNAQELBQAD\nggIBAA2ukDL2pkt8RHYZYR4nKM1eVO8lvOMIkPkp165oCOGUAFjvLi5+U1KMtlwH\n6oi6mYtQlNeCgN9hCQCTrQ0U5s7B8jeUeLBfnLOic7iPBZM4zY0+sLj7wM+x8uwt\nLRvM7Kqas6pgghstO8OEPVeKlh6cdbjTMM1gCIOQ045U8U1mwF10A0Cj7oV+wh93\nnAbowacYXVKV7cndJZ5t+qntozo00Fl72u1Q8zW/7esUTTHHYPTa8Yec4kjixsU3\n+wYQ+nVZZjFHKdp2mhzpgq7vmrlR94gjmmmVYjzlVYA211QC//G5Xc7UI2/YRYRK\nW2XviQzdFKcgyxilJbQN+QHwotL0AMh0jqEqSI5l2xPE4iUXfeu+h1sXIFRRk0pT\nAwvsXcoz7WL9RccvW9xYoIA55vrX/hMUpu09lEpCdNTDd1lzzY9GvlU47/rokTLq\nl1gEIt44w8y8bckzOmoKaT+gyOpyj4xjhiO9bTyWnpXgSUyqorkqG5w2gXjtw+hG\n4iZZRHUe2XWJUc0QhJ1hYMtd+ZciTY6Y5uN/9lu7rs3KSoFrXgvzUeF0K+l+J6fZ\nmUlO+KWA2yUPHGNiiskzZ2s8EIPGrd6ozRaOjfAHN3Gf8qv8QfXBi+wAN10J5U6A\n7/qxXDgGpRtK4dw4LTzcqx+QGtVKnO7RcGzM7vRX+Bi6hG6H\n-----END CERTIFICATE-----\n"
  }
 },
 "revisions": [
  {
   "revision": "1.0",
   "date": "2021-12-17"
  },
  {
   "revision": "1.1",
   "date": "2021-12-22"
  },
  {
   "revision": "1.2",
   "date": "2022-02-23"
  }
 ]
};
