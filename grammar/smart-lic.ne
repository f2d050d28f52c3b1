# %SMART_LIC: the Smart Agent of IOS and IOS-XE; LICENSE-SMART_LIC on IOS-XR, LICMGR LOG_SMART_LIC_* on NX-OS, and the
# text of 4443xx on ASA.

@lexer bodyLexer

smart_lic ->
    # Communications failure with the Cisco Smart Software Manager (CSSM) : No detailed information given
    # Communications failure with Cisco licensing cloud
    %COMM_FAILED %communicationsFailure %peer because:?             {% read.peerAndReason %}
    # Failed to initialize communications with the Cisco Licensing Cloud.
  | %COMM_INIT_FAILED %initializeFailure %peer because:?            {% read.peerAndReason %}
    # Communications with Cisco Smart License Utility (CSLU) restored
  | %COMM_RESTORED %communications %peer %restored                  {% read.peerOnly %}
    # Authorization renewal with the Cisco Smart Software Manager (CSSM) : Communication message send error for udi <>
  | %AUTH_RENEW_FAILED %authorizationRenewal %peer %failed:? because:?  {% read.peerStateAndReason %}
    # Authorization renewal with Cisco licensing cloud successful.
  | %AUTH_RENEW_SUCCESS %authorizationRenewal %peer %successful because:?  {% read.peerStateAndReason %}
    # Smart Agent for Licensing Registration with the Cisco Smart Software Manager (CSSM) failed: Fail to send out …
  | %AGENT_REG_FAILED %registration %peer %failed because:?         {% read.peerStateAndReason %}
    # Smart Agent for Licensing Registration with Cisco licensing cloud successful.
  | %AGENT_REG_SUCCESS %registration %peer %successful because:?    {% read.peerStateAndReason %}
    # Entitlement authorization with Cisco licensing cloud failed.
  | %ENTITLEMENT_RENEW_FAILED %entitlement %peer %failed because:?  {% read.peerStateAndReason %}
    # Entitlement authorization renewal with Cisco licensing cloud successful.
  | %ENTITLEMENT_RENEW_SUCCESS %entitlement %peer %successful because:?  {% read.peerStateAndReason %}
    # Identity certificate renewal failed.
  | %ID_CERT_RENEW_FAILED %identityRenewal %failed because:?        {% read.stateAndReason %}
    # Identity certificate renewal successful.
  | %ID_CERT_RENEW_SUCCESS %identityRenewal %successful because:?   {% read.stateAndReason %}
    # The install of a new licensing trust code has failed on PID:IE-3300-8T2S,SN:FOC0000A1B2: No detailed information
  | %TRUST_CODE_INSTALL_FAILED %trustCodeFailure udi because:?      {% read.udiAndReason %}
    # A new licensing trust code was successfully installed on PID:IE-3300-8T2S,SN:FOC0000A1B2.
  | %TRUST_CODE_INSTALL_SUCCESS %trustCodeSuccess udi               {% read.udiAndReason %}
    # The installation of a new licensing policy has failed: XML parse error
  | %POLICY_INSTALL_FAILED %policyFailure because:?                 {% read.statementAndPart %}
    # A new licensing authorization code was successfully installed on: PID:IE-3300-8T2S,SN:FOC0000A1B2
  | %AUTHORIZATION_INSTALL_SUCCESS %authorizationCodeSuccess udi    {% read.udiAndReason %}
    # Smart Agent for licensing deregistration with CSSM failed.
  | %AGENT_DEREG_FAILED %deregistration %peer %failed because:?     {% read.peerStateAndReason %}
    # Your authorization has failed (assumed)
  | %AUTHORIZATION_FAILED %authorizationFailed because:?            {% read.statementAndPart %}
    # Smart Agent for Licensing CSSM OnPrem is down rev and does not support the enhanced policy and usage reporting mode.
  | %REPORTING_NOT_SUPPORTED %reporter %peer %downRev               {% read.peerOnly %}
    # Smart Licensing has encountered an internal software error. Contact TAC: The platform provided UDI list has …
  | %PLATFORM_ERROR %contactTac %reason                             {% read.statementAndText %}
    # msgStatus="LS_INVALID_DATA" error="Missing Id cert serial number field; … certificate does not match
  | %SAEVT_DEREGISTER_STATUS %agentStatus %agentError               {% read.agentEvent %}
    # Messages that are one sentence and carry nothing.
  | smart_lic_statement                                             {% read.nothing %}

smart_lic_statement ->
    # Certificate validation failed by smart agent.
    %CERTIFICATE_VALIDATION %certificateValidation
    # One or more entitlements are out of compliance
  | %OUT_OF_COMPLIANCE %outOfCompliance
    # All entitlements are authorized.
  | %IN_COMPLIANCE %inCompliance
    # Authorization expired.
  | %AUTHORIZATION_EXPIRED %authorizationExpired
    # Identity certificate expired. Agent will transition to the unidentified (not registered) state.
  | %ID_CERT_EXPIRED %identityExpired
    # This device's registration will expire in 30 days.
  | %ID_CERT_EXPIRED_WARNING %registrationExpires
    # Identity certificate start date not reached yet.
  | %ID_CERT_RENEW_NOT_STARTED %identityNotStarted
    # Smart Licensing registration has expired because the system time was changed outside the validity period …
  | %REG_EXPIRED_CLOCK_CHANGE %registrationClock
    # Smart Agent for Licensing System clock has been changed
  | %SYSTEM_CLOCK_CHANGED %clockChanged
    # A new licensing policy was successfully installed
  | %POLICY_INSTALL_SUCCESS %policySuccess
    # A Usage report acknowledgement will be required in 89 days.
  | %REPORTING_REQUIRED %reportingRequired
    # Smart Agent for Licensing is initialized
  | %AGENT_READY %agentInitialized
    # Smart Agent for Licensing is enabled
  | %AGENT_ENABLED %agentEnabled
    # Entering evaluation period
  | %EVAL_START %evaluationEntered
    # Evaluation period expired.
  | %EVAL_EXPIRED %evaluationExpired
    # Evaluation period expired on time.
  | %EVAL_EXPIRED_WARNING %evaluationExpiredOn
    # Evaluation period will expire in 5 days 23 hours.
  | %EVAL_WILL_EXPIRE_WARNING %evaluationExpires
    # Smart Agent HA role changed to Active.
  | %HA_ROLE_CHANGED %roleChanged
    # Usage of export controlled features is not allowed
  | %EXPORT_CONTROLLED %exportControlled
    # Smart Licensing has encountered an internal software error.
  | %PLATFORM_ERROR %internalError
    # Platform error.
  | %PLATFORM_ERROR %platformError
    # Trusted Store Enable flag not in sync with System Configuration, TS flag 1 Config flag 0.
  | %CONFIG_OUT_OF_SYNC %storeOutOfSync
    # Smart Licensing agent on hot standby is out of sync with active Smart Licensing agent.
  | %HOT_STANDBY_OUT_OF_SYNC %standbyOutOfSync
    # One or more entitlements are in overage.
  | %IN_OVERAGE %inOverage
    # An unknown mode was specified.
  | %BAD_MODE %unknownMode
    # A bad notification type was specified.
  | %BAD_NOTIF %unknownNotification
    # The entitlement tag is invalid.
  | %INVALID_TAG %unknownTag
    # The current role is not allowed to move to the new role.
  | %INVALID_ROLE_STATE %roleRefused
    # Certificate type mismatch.
  | %ROOT_CERT_MISMATCH_PROD %rootMismatch
