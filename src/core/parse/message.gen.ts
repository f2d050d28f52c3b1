// @ts-nocheck
// Generated automatically by nearley, version 2.20.1
// http://github.com/Hardmath123/nearley
// Bypasses TS6133. Allow declared but unused functions.
// @ts-ignore
function id(d: any[]): any { return d[0]; }
declare var COMM_FAILED: any;
declare var communicationsFailure: any;
declare var peer: any;
declare var COMM_INIT_FAILED: any;
declare var initializeFailure: any;
declare var COMM_RESTORED: any;
declare var communications: any;
declare var restored: any;
declare var AUTH_RENEW_FAILED: any;
declare var authorizationRenewal: any;
declare var failed: any;
declare var AUTH_RENEW_SUCCESS: any;
declare var successful: any;
declare var AGENT_REG_FAILED: any;
declare var registration: any;
declare var AGENT_REG_SUCCESS: any;
declare var ENTITLEMENT_RENEW_FAILED: any;
declare var entitlement: any;
declare var ENTITLEMENT_RENEW_SUCCESS: any;
declare var ID_CERT_RENEW_FAILED: any;
declare var identityRenewal: any;
declare var ID_CERT_RENEW_SUCCESS: any;
declare var TRUST_CODE_INSTALL_FAILED: any;
declare var trustCodeFailure: any;
declare var TRUST_CODE_INSTALL_SUCCESS: any;
declare var trustCodeSuccess: any;
declare var POLICY_INSTALL_FAILED: any;
declare var policyFailure: any;
declare var AUTHORIZATION_INSTALL_SUCCESS: any;
declare var authorizationCodeSuccess: any;
declare var AGENT_DEREG_FAILED: any;
declare var deregistration: any;
declare var AUTHORIZATION_FAILED: any;
declare var authorizationFailed: any;
declare var REPORTING_NOT_SUPPORTED: any;
declare var reporter: any;
declare var downRev: any;
declare var PLATFORM_ERROR: any;
declare var contactTac: any;
declare var reason: any;
declare var SAEVT_DEREGISTER_STATUS: any;
declare var agentStatus: any;
declare var agentError: any;
declare var CERTIFICATE_VALIDATION: any;
declare var certificateValidation: any;
declare var OUT_OF_COMPLIANCE: any;
declare var outOfCompliance: any;
declare var IN_COMPLIANCE: any;
declare var inCompliance: any;
declare var AUTHORIZATION_EXPIRED: any;
declare var authorizationExpired: any;
declare var ID_CERT_EXPIRED: any;
declare var identityExpired: any;
declare var ID_CERT_EXPIRED_WARNING: any;
declare var registrationExpires: any;
declare var ID_CERT_RENEW_NOT_STARTED: any;
declare var identityNotStarted: any;
declare var REG_EXPIRED_CLOCK_CHANGE: any;
declare var registrationClock: any;
declare var SYSTEM_CLOCK_CHANGED: any;
declare var clockChanged: any;
declare var POLICY_INSTALL_SUCCESS: any;
declare var policySuccess: any;
declare var REPORTING_REQUIRED: any;
declare var reportingRequired: any;
declare var AGENT_READY: any;
declare var agentInitialized: any;
declare var AGENT_ENABLED: any;
declare var agentEnabled: any;
declare var EVAL_START: any;
declare var evaluationEntered: any;
declare var EVAL_EXPIRED: any;
declare var evaluationExpired: any;
declare var EVAL_EXPIRED_WARNING: any;
declare var evaluationExpiredOn: any;
declare var EVAL_WILL_EXPIRE_WARNING: any;
declare var evaluationExpires: any;
declare var HA_ROLE_CHANGED: any;
declare var roleChanged: any;
declare var EXPORT_CONTROLLED: any;
declare var exportControlled: any;
declare var internalError: any;
declare var platformError: any;
declare var CONFIG_OUT_OF_SYNC: any;
declare var storeOutOfSync: any;
declare var HOT_STANDBY_OUT_OF_SYNC: any;
declare var standbyOutOfSync: any;
declare var IN_OVERAGE: any;
declare var inOverage: any;
declare var BAD_MODE: any;
declare var unknownMode: any;
declare var BAD_NOTIF: any;
declare var unknownNotification: any;
declare var INVALID_TAG: any;
declare var unknownTag: any;
declare var INVALID_ROLE_STATE: any;
declare var roleRefused: any;
declare var ROOT_CERT_MISMATCH_PROD: any;
declare var rootMismatch: any;
declare var SL_MESSAGE_FAILED: any;
declare var licensingMessage: any;
declare var url: any;
declare var HTTP_REQUEST_FAILED: any;
declare var httpRequest: any;
declare var CALL_HOME_ENABLED: any;
declare var callHomeEnabled: any;
declare var CRL_FETCH_FAIL: any;
declare var crlFetch: any;
declare var trustpoint: any;
declare var failed: any;
declare var CRL_INSERT_FAIL: any;
declare var crlDownload: any;
declare var discarded: any;
declare var chainFailed: any;
declare var certificateFault: any;
declare var TRUSTPOINT_CREATE: any;
declare var trustpointLabel: any;
declare var created: any;
declare var CERT_ENROLL_MANUAL: any;
declare var enrollmentManual: any;
declare var CERTRET: any;
declare var certificateReceived: any;
declare var CERTREJECT: any;
declare var certificateRejected: any;
declare var CERT_INSTALL: any;
declare var certificateInstalled: any;
declare var PKCS12_IMPORT_FAILURE: any;
declare var importFailed: any;
declare var KEY_CMP_MISMATCH: any;
declare var keyMismatch: any;
declare var csrFingerprint: any;
declare var because: any;
declare var reason: any;
declare var forTrustpoint: any;
declare var certificateDetails: any;
declare var CSR_FINGERPRINT: any;
declare var CSR_FINGERPRINT_UNSIGNED: any;
declare var CERTIFICATE_INVALID: any;
declare var CERTIFICATE_INVALID_EXPIRED: any;
declare var CERTIFICATE_INVALID_NOT_YET_VALID: any;
declare var CERTIFICATE_INVALID_UNAUTHORIZED: any;
declare var CERTIFICATE_REVOKED: any;
declare var TRUSTPOOL_DOWNLOAD_SUCCESS: any;
declare var trustpoolDownloaded: any;
declare var TRUSTPOOL_DOWNLOAD_FAILURE: any;
declare var trustpoolFailed: any;
declare var NON_AUTHORITATIVE_CLOCK: any;
declare var noTimeSource: any;
declare var AUTHORITATIVE_CLOCK: any;
declare var clockSet: any;
declare var NOCONFIGAUTOSAVE: any;
declare var notSaved: any;
declare var NOAUTOSAVE: any;
declare var CONFIGAUTOSAVE: any;
declare var saved: any;
declare var SOCKETSEND: any;
declare var caUnsent: any;
declare var SUDI_INFO: any;
declare var noSudi: any;
declare var LOG_INFO_DETAIL: any;
declare var selfTest: any;
declare var CS_ENABLED: any;
declare var serverEnabled: any;
declare var CS_DISABLED: any;
declare var serverDisabled: any;
declare var CS_GRANT_AUTO: any;
declare var grantedToAll: any;
declare var error: any;
declare var separator: any;
declare var reason: any;
declare var forUdi: any;
declare var pid: any;
declare var serial: any;
declare var noUdi: any;

import * as read from './postprocess.ts';
import { bodyLexer } from './body-lexer.ts';

interface NearleyToken {
  value: any;
  [key: string]: any;
};

interface NearleyLexer {
  reset: (chunk: string, info: any) => void;
  next: () => NearleyToken | undefined;
  save: () => any;
  formatError: (token: never) => string;
  has: (tokenType: string) => boolean;
};

interface NearleyRule {
  name: string;
  symbols: NearleySymbol[];
  postprocess?: (d: any[], loc?: number, reject?: {}) => any;
};

type NearleySymbol = string | { literal: any } | { test: (token: any) => boolean };

interface Grammar {
  Lexer: NearleyLexer | undefined;
  ParserRules: NearleyRule[];
  ParserStart: string;
};

const grammar: Grammar = {
  Lexer: bodyLexer,
  ParserRules: [
    {"name": "message", "symbols": ["facility"], "postprocess": read.first},
    {"name": "facility", "symbols": ["smart_lic"], "postprocess": read.first},
    {"name": "facility", "symbols": ["call_home"], "postprocess": read.first},
    {"name": "facility", "symbols": ["pki"], "postprocess": read.first},
    {"name": "smart_lic$ebnf$1", "symbols": ["because"], "postprocess": id},
    {"name": "smart_lic$ebnf$1", "symbols": [], "postprocess": () => null},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("COMM_FAILED") ? {type: "COMM_FAILED"} : COMM_FAILED), (bodyLexer.has("communicationsFailure") ? {type: "communicationsFailure"} : communicationsFailure), (bodyLexer.has("peer") ? {type: "peer"} : peer), "smart_lic$ebnf$1"], "postprocess": read.peerAndReason},
    {"name": "smart_lic$ebnf$2", "symbols": ["because"], "postprocess": id},
    {"name": "smart_lic$ebnf$2", "symbols": [], "postprocess": () => null},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("COMM_INIT_FAILED") ? {type: "COMM_INIT_FAILED"} : COMM_INIT_FAILED), (bodyLexer.has("initializeFailure") ? {type: "initializeFailure"} : initializeFailure), (bodyLexer.has("peer") ? {type: "peer"} : peer), "smart_lic$ebnf$2"], "postprocess": read.peerAndReason},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("COMM_RESTORED") ? {type: "COMM_RESTORED"} : COMM_RESTORED), (bodyLexer.has("communications") ? {type: "communications"} : communications), (bodyLexer.has("peer") ? {type: "peer"} : peer), (bodyLexer.has("restored") ? {type: "restored"} : restored)], "postprocess": read.peerOnly},
    {"name": "smart_lic$ebnf$3", "symbols": [(bodyLexer.has("failed") ? {type: "failed"} : failed)], "postprocess": id},
    {"name": "smart_lic$ebnf$3", "symbols": [], "postprocess": () => null},
    {"name": "smart_lic$ebnf$4", "symbols": ["because"], "postprocess": id},
    {"name": "smart_lic$ebnf$4", "symbols": [], "postprocess": () => null},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("AUTH_RENEW_FAILED") ? {type: "AUTH_RENEW_FAILED"} : AUTH_RENEW_FAILED), (bodyLexer.has("authorizationRenewal") ? {type: "authorizationRenewal"} : authorizationRenewal), (bodyLexer.has("peer") ? {type: "peer"} : peer), "smart_lic$ebnf$3", "smart_lic$ebnf$4"], "postprocess": read.peerStateAndReason},
    {"name": "smart_lic$ebnf$5", "symbols": ["because"], "postprocess": id},
    {"name": "smart_lic$ebnf$5", "symbols": [], "postprocess": () => null},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("AUTH_RENEW_SUCCESS") ? {type: "AUTH_RENEW_SUCCESS"} : AUTH_RENEW_SUCCESS), (bodyLexer.has("authorizationRenewal") ? {type: "authorizationRenewal"} : authorizationRenewal), (bodyLexer.has("peer") ? {type: "peer"} : peer), (bodyLexer.has("successful") ? {type: "successful"} : successful), "smart_lic$ebnf$5"], "postprocess": read.peerStateAndReason},
    {"name": "smart_lic$ebnf$6", "symbols": ["because"], "postprocess": id},
    {"name": "smart_lic$ebnf$6", "symbols": [], "postprocess": () => null},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("AGENT_REG_FAILED") ? {type: "AGENT_REG_FAILED"} : AGENT_REG_FAILED), (bodyLexer.has("registration") ? {type: "registration"} : registration), (bodyLexer.has("peer") ? {type: "peer"} : peer), (bodyLexer.has("failed") ? {type: "failed"} : failed), "smart_lic$ebnf$6"], "postprocess": read.peerStateAndReason},
    {"name": "smart_lic$ebnf$7", "symbols": ["because"], "postprocess": id},
    {"name": "smart_lic$ebnf$7", "symbols": [], "postprocess": () => null},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("AGENT_REG_SUCCESS") ? {type: "AGENT_REG_SUCCESS"} : AGENT_REG_SUCCESS), (bodyLexer.has("registration") ? {type: "registration"} : registration), (bodyLexer.has("peer") ? {type: "peer"} : peer), (bodyLexer.has("successful") ? {type: "successful"} : successful), "smart_lic$ebnf$7"], "postprocess": read.peerStateAndReason},
    {"name": "smart_lic$ebnf$8", "symbols": ["because"], "postprocess": id},
    {"name": "smart_lic$ebnf$8", "symbols": [], "postprocess": () => null},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("ENTITLEMENT_RENEW_FAILED") ? {type: "ENTITLEMENT_RENEW_FAILED"} : ENTITLEMENT_RENEW_FAILED), (bodyLexer.has("entitlement") ? {type: "entitlement"} : entitlement), (bodyLexer.has("peer") ? {type: "peer"} : peer), (bodyLexer.has("failed") ? {type: "failed"} : failed), "smart_lic$ebnf$8"], "postprocess": read.peerStateAndReason},
    {"name": "smart_lic$ebnf$9", "symbols": ["because"], "postprocess": id},
    {"name": "smart_lic$ebnf$9", "symbols": [], "postprocess": () => null},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("ENTITLEMENT_RENEW_SUCCESS") ? {type: "ENTITLEMENT_RENEW_SUCCESS"} : ENTITLEMENT_RENEW_SUCCESS), (bodyLexer.has("entitlement") ? {type: "entitlement"} : entitlement), (bodyLexer.has("peer") ? {type: "peer"} : peer), (bodyLexer.has("successful") ? {type: "successful"} : successful), "smart_lic$ebnf$9"], "postprocess": read.peerStateAndReason},
    {"name": "smart_lic$ebnf$10", "symbols": ["because"], "postprocess": id},
    {"name": "smart_lic$ebnf$10", "symbols": [], "postprocess": () => null},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("ID_CERT_RENEW_FAILED") ? {type: "ID_CERT_RENEW_FAILED"} : ID_CERT_RENEW_FAILED), (bodyLexer.has("identityRenewal") ? {type: "identityRenewal"} : identityRenewal), (bodyLexer.has("failed") ? {type: "failed"} : failed), "smart_lic$ebnf$10"], "postprocess": read.stateAndReason},
    {"name": "smart_lic$ebnf$11", "symbols": ["because"], "postprocess": id},
    {"name": "smart_lic$ebnf$11", "symbols": [], "postprocess": () => null},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("ID_CERT_RENEW_SUCCESS") ? {type: "ID_CERT_RENEW_SUCCESS"} : ID_CERT_RENEW_SUCCESS), (bodyLexer.has("identityRenewal") ? {type: "identityRenewal"} : identityRenewal), (bodyLexer.has("successful") ? {type: "successful"} : successful), "smart_lic$ebnf$11"], "postprocess": read.stateAndReason},
    {"name": "smart_lic$ebnf$12", "symbols": ["because"], "postprocess": id},
    {"name": "smart_lic$ebnf$12", "symbols": [], "postprocess": () => null},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("TRUST_CODE_INSTALL_FAILED") ? {type: "TRUST_CODE_INSTALL_FAILED"} : TRUST_CODE_INSTALL_FAILED), (bodyLexer.has("trustCodeFailure") ? {type: "trustCodeFailure"} : trustCodeFailure), "udi", "smart_lic$ebnf$12"], "postprocess": read.udiAndReason},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("TRUST_CODE_INSTALL_SUCCESS") ? {type: "TRUST_CODE_INSTALL_SUCCESS"} : TRUST_CODE_INSTALL_SUCCESS), (bodyLexer.has("trustCodeSuccess") ? {type: "trustCodeSuccess"} : trustCodeSuccess), "udi"], "postprocess": read.udiAndReason},
    {"name": "smart_lic$ebnf$13", "symbols": ["because"], "postprocess": id},
    {"name": "smart_lic$ebnf$13", "symbols": [], "postprocess": () => null},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("POLICY_INSTALL_FAILED") ? {type: "POLICY_INSTALL_FAILED"} : POLICY_INSTALL_FAILED), (bodyLexer.has("policyFailure") ? {type: "policyFailure"} : policyFailure), "smart_lic$ebnf$13"], "postprocess": read.statementAndPart},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("AUTHORIZATION_INSTALL_SUCCESS") ? {type: "AUTHORIZATION_INSTALL_SUCCESS"} : AUTHORIZATION_INSTALL_SUCCESS), (bodyLexer.has("authorizationCodeSuccess") ? {type: "authorizationCodeSuccess"} : authorizationCodeSuccess), "udi"], "postprocess": read.udiAndReason},
    {"name": "smart_lic$ebnf$14", "symbols": ["because"], "postprocess": id},
    {"name": "smart_lic$ebnf$14", "symbols": [], "postprocess": () => null},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("AGENT_DEREG_FAILED") ? {type: "AGENT_DEREG_FAILED"} : AGENT_DEREG_FAILED), (bodyLexer.has("deregistration") ? {type: "deregistration"} : deregistration), (bodyLexer.has("peer") ? {type: "peer"} : peer), (bodyLexer.has("failed") ? {type: "failed"} : failed), "smart_lic$ebnf$14"], "postprocess": read.peerStateAndReason},
    {"name": "smart_lic$ebnf$15", "symbols": ["because"], "postprocess": id},
    {"name": "smart_lic$ebnf$15", "symbols": [], "postprocess": () => null},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("AUTHORIZATION_FAILED") ? {type: "AUTHORIZATION_FAILED"} : AUTHORIZATION_FAILED), (bodyLexer.has("authorizationFailed") ? {type: "authorizationFailed"} : authorizationFailed), "smart_lic$ebnf$15"], "postprocess": read.statementAndPart},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("REPORTING_NOT_SUPPORTED") ? {type: "REPORTING_NOT_SUPPORTED"} : REPORTING_NOT_SUPPORTED), (bodyLexer.has("reporter") ? {type: "reporter"} : reporter), (bodyLexer.has("peer") ? {type: "peer"} : peer), (bodyLexer.has("downRev") ? {type: "downRev"} : downRev)], "postprocess": read.peerOnly},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("PLATFORM_ERROR") ? {type: "PLATFORM_ERROR"} : PLATFORM_ERROR), (bodyLexer.has("contactTac") ? {type: "contactTac"} : contactTac), (bodyLexer.has("reason") ? {type: "reason"} : reason)], "postprocess": read.statementAndText},
    {"name": "smart_lic", "symbols": [(bodyLexer.has("SAEVT_DEREGISTER_STATUS") ? {type: "SAEVT_DEREGISTER_STATUS"} : SAEVT_DEREGISTER_STATUS), (bodyLexer.has("agentStatus") ? {type: "agentStatus"} : agentStatus), (bodyLexer.has("agentError") ? {type: "agentError"} : agentError)], "postprocess": read.agentEvent},
    {"name": "smart_lic", "symbols": ["smart_lic_statement"], "postprocess": read.nothing},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("CERTIFICATE_VALIDATION") ? {type: "CERTIFICATE_VALIDATION"} : CERTIFICATE_VALIDATION), (bodyLexer.has("certificateValidation") ? {type: "certificateValidation"} : certificateValidation)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("OUT_OF_COMPLIANCE") ? {type: "OUT_OF_COMPLIANCE"} : OUT_OF_COMPLIANCE), (bodyLexer.has("outOfCompliance") ? {type: "outOfCompliance"} : outOfCompliance)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("IN_COMPLIANCE") ? {type: "IN_COMPLIANCE"} : IN_COMPLIANCE), (bodyLexer.has("inCompliance") ? {type: "inCompliance"} : inCompliance)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("AUTHORIZATION_EXPIRED") ? {type: "AUTHORIZATION_EXPIRED"} : AUTHORIZATION_EXPIRED), (bodyLexer.has("authorizationExpired") ? {type: "authorizationExpired"} : authorizationExpired)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("ID_CERT_EXPIRED") ? {type: "ID_CERT_EXPIRED"} : ID_CERT_EXPIRED), (bodyLexer.has("identityExpired") ? {type: "identityExpired"} : identityExpired)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("ID_CERT_EXPIRED_WARNING") ? {type: "ID_CERT_EXPIRED_WARNING"} : ID_CERT_EXPIRED_WARNING), (bodyLexer.has("registrationExpires") ? {type: "registrationExpires"} : registrationExpires)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("ID_CERT_RENEW_NOT_STARTED") ? {type: "ID_CERT_RENEW_NOT_STARTED"} : ID_CERT_RENEW_NOT_STARTED), (bodyLexer.has("identityNotStarted") ? {type: "identityNotStarted"} : identityNotStarted)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("REG_EXPIRED_CLOCK_CHANGE") ? {type: "REG_EXPIRED_CLOCK_CHANGE"} : REG_EXPIRED_CLOCK_CHANGE), (bodyLexer.has("registrationClock") ? {type: "registrationClock"} : registrationClock)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("SYSTEM_CLOCK_CHANGED") ? {type: "SYSTEM_CLOCK_CHANGED"} : SYSTEM_CLOCK_CHANGED), (bodyLexer.has("clockChanged") ? {type: "clockChanged"} : clockChanged)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("POLICY_INSTALL_SUCCESS") ? {type: "POLICY_INSTALL_SUCCESS"} : POLICY_INSTALL_SUCCESS), (bodyLexer.has("policySuccess") ? {type: "policySuccess"} : policySuccess)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("REPORTING_REQUIRED") ? {type: "REPORTING_REQUIRED"} : REPORTING_REQUIRED), (bodyLexer.has("reportingRequired") ? {type: "reportingRequired"} : reportingRequired)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("AGENT_READY") ? {type: "AGENT_READY"} : AGENT_READY), (bodyLexer.has("agentInitialized") ? {type: "agentInitialized"} : agentInitialized)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("AGENT_ENABLED") ? {type: "AGENT_ENABLED"} : AGENT_ENABLED), (bodyLexer.has("agentEnabled") ? {type: "agentEnabled"} : agentEnabled)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("EVAL_START") ? {type: "EVAL_START"} : EVAL_START), (bodyLexer.has("evaluationEntered") ? {type: "evaluationEntered"} : evaluationEntered)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("EVAL_EXPIRED") ? {type: "EVAL_EXPIRED"} : EVAL_EXPIRED), (bodyLexer.has("evaluationExpired") ? {type: "evaluationExpired"} : evaluationExpired)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("EVAL_EXPIRED_WARNING") ? {type: "EVAL_EXPIRED_WARNING"} : EVAL_EXPIRED_WARNING), (bodyLexer.has("evaluationExpiredOn") ? {type: "evaluationExpiredOn"} : evaluationExpiredOn)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("EVAL_WILL_EXPIRE_WARNING") ? {type: "EVAL_WILL_EXPIRE_WARNING"} : EVAL_WILL_EXPIRE_WARNING), (bodyLexer.has("evaluationExpires") ? {type: "evaluationExpires"} : evaluationExpires)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("HA_ROLE_CHANGED") ? {type: "HA_ROLE_CHANGED"} : HA_ROLE_CHANGED), (bodyLexer.has("roleChanged") ? {type: "roleChanged"} : roleChanged)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("EXPORT_CONTROLLED") ? {type: "EXPORT_CONTROLLED"} : EXPORT_CONTROLLED), (bodyLexer.has("exportControlled") ? {type: "exportControlled"} : exportControlled)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("PLATFORM_ERROR") ? {type: "PLATFORM_ERROR"} : PLATFORM_ERROR), (bodyLexer.has("internalError") ? {type: "internalError"} : internalError)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("PLATFORM_ERROR") ? {type: "PLATFORM_ERROR"} : PLATFORM_ERROR), (bodyLexer.has("platformError") ? {type: "platformError"} : platformError)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("CONFIG_OUT_OF_SYNC") ? {type: "CONFIG_OUT_OF_SYNC"} : CONFIG_OUT_OF_SYNC), (bodyLexer.has("storeOutOfSync") ? {type: "storeOutOfSync"} : storeOutOfSync)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("HOT_STANDBY_OUT_OF_SYNC") ? {type: "HOT_STANDBY_OUT_OF_SYNC"} : HOT_STANDBY_OUT_OF_SYNC), (bodyLexer.has("standbyOutOfSync") ? {type: "standbyOutOfSync"} : standbyOutOfSync)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("IN_OVERAGE") ? {type: "IN_OVERAGE"} : IN_OVERAGE), (bodyLexer.has("inOverage") ? {type: "inOverage"} : inOverage)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("BAD_MODE") ? {type: "BAD_MODE"} : BAD_MODE), (bodyLexer.has("unknownMode") ? {type: "unknownMode"} : unknownMode)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("BAD_NOTIF") ? {type: "BAD_NOTIF"} : BAD_NOTIF), (bodyLexer.has("unknownNotification") ? {type: "unknownNotification"} : unknownNotification)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("INVALID_TAG") ? {type: "INVALID_TAG"} : INVALID_TAG), (bodyLexer.has("unknownTag") ? {type: "unknownTag"} : unknownTag)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("INVALID_ROLE_STATE") ? {type: "INVALID_ROLE_STATE"} : INVALID_ROLE_STATE), (bodyLexer.has("roleRefused") ? {type: "roleRefused"} : roleRefused)]},
    {"name": "smart_lic_statement", "symbols": [(bodyLexer.has("ROOT_CERT_MISMATCH_PROD") ? {type: "ROOT_CERT_MISMATCH_PROD"} : ROOT_CERT_MISMATCH_PROD), (bodyLexer.has("rootMismatch") ? {type: "rootMismatch"} : rootMismatch)]},
    {"name": "call_home$ebnf$1", "symbols": ["error"], "postprocess": id},
    {"name": "call_home$ebnf$1", "symbols": [], "postprocess": () => null},
    {"name": "call_home", "symbols": [(bodyLexer.has("SL_MESSAGE_FAILED") ? {type: "SL_MESSAGE_FAILED"} : SL_MESSAGE_FAILED), (bodyLexer.has("licensingMessage") ? {type: "licensingMessage"} : licensingMessage), (bodyLexer.has("url") ? {type: "url"} : url), "call_home$ebnf$1"], "postprocess": read.urlAndError},
    {"name": "call_home$ebnf$2", "symbols": ["error"], "postprocess": id},
    {"name": "call_home$ebnf$2", "symbols": [], "postprocess": () => null},
    {"name": "call_home", "symbols": [(bodyLexer.has("HTTP_REQUEST_FAILED") ? {type: "HTTP_REQUEST_FAILED"} : HTTP_REQUEST_FAILED), (bodyLexer.has("httpRequest") ? {type: "httpRequest"} : httpRequest), (bodyLexer.has("url") ? {type: "url"} : url), "call_home$ebnf$2"], "postprocess": read.urlAndError},
    {"name": "call_home", "symbols": [(bodyLexer.has("CALL_HOME_ENABLED") ? {type: "CALL_HOME_ENABLED"} : CALL_HOME_ENABLED), (bodyLexer.has("callHomeEnabled") ? {type: "callHomeEnabled"} : callHomeEnabled)], "postprocess": read.nothing},
    {"name": "pki$ebnf$1", "symbols": ["pki_reason"], "postprocess": id},
    {"name": "pki$ebnf$1", "symbols": [], "postprocess": () => null},
    {"name": "pki", "symbols": [(bodyLexer.has("CRL_FETCH_FAIL") ? {type: "CRL_FETCH_FAIL"} : CRL_FETCH_FAIL), (bodyLexer.has("crlFetch") ? {type: "crlFetch"} : crlFetch), (bodyLexer.has("trustpoint") ? {type: "trustpoint"} : trustpoint), (bodyLexer.has("failed") ? {type: "failed"} : failed), "pki$ebnf$1"], "postprocess": read.trustpointAndReason},
    {"name": "pki$ebnf$2", "symbols": ["pki_reason"], "postprocess": id},
    {"name": "pki$ebnf$2", "symbols": [], "postprocess": () => null},
    {"name": "pki", "symbols": [(bodyLexer.has("CRL_INSERT_FAIL") ? {type: "CRL_INSERT_FAIL"} : CRL_INSERT_FAIL), (bodyLexer.has("crlDownload") ? {type: "crlDownload"} : crlDownload), (bodyLexer.has("trustpoint") ? {type: "trustpoint"} : trustpoint), (bodyLexer.has("discarded") ? {type: "discarded"} : discarded), "pki$ebnf$2"], "postprocess": read.trustpointAndReason},
    {"name": "pki", "symbols": ["certificate_invalid", (bodyLexer.has("chainFailed") ? {type: "chainFailed"} : chainFailed)], "postprocess": read.nothing},
    {"name": "pki", "symbols": ["certificate_invalid", (bodyLexer.has("chainFailed") ? {type: "chainFailed"} : chainFailed), (bodyLexer.has("certificateFault") ? {type: "certificateFault"} : certificateFault)], "postprocess": read.statementAndText},
    {"name": "pki", "symbols": [(bodyLexer.has("TRUSTPOINT_CREATE") ? {type: "TRUSTPOINT_CREATE"} : TRUSTPOINT_CREATE), (bodyLexer.has("trustpointLabel") ? {type: "trustpointLabel"} : trustpointLabel), (bodyLexer.has("trustpoint") ? {type: "trustpoint"} : trustpoint), (bodyLexer.has("created") ? {type: "created"} : created)], "postprocess": read.statementAndTrustpoint},
    {"name": "pki", "symbols": [(bodyLexer.has("CERT_ENROLL_MANUAL") ? {type: "CERT_ENROLL_MANUAL"} : CERT_ENROLL_MANUAL), (bodyLexer.has("enrollmentManual") ? {type: "enrollmentManual"} : enrollmentManual), (bodyLexer.has("trustpoint") ? {type: "trustpoint"} : trustpoint)], "postprocess": read.statementAndTrustpoint},
    {"name": "pki$ebnf$3", "symbols": ["for_trustpoint"], "postprocess": id},
    {"name": "pki$ebnf$3", "symbols": [], "postprocess": () => null},
    {"name": "pki", "symbols": [(bodyLexer.has("CERTRET") ? {type: "CERTRET"} : CERTRET), (bodyLexer.has("certificateReceived") ? {type: "certificateReceived"} : certificateReceived), "pki$ebnf$3"], "postprocess": read.statementAndPart},
    {"name": "pki$ebnf$4", "symbols": ["for_trustpoint"], "postprocess": id},
    {"name": "pki$ebnf$4", "symbols": [], "postprocess": () => null},
    {"name": "pki", "symbols": [(bodyLexer.has("CERTREJECT") ? {type: "CERTREJECT"} : CERTREJECT), (bodyLexer.has("certificateRejected") ? {type: "certificateRejected"} : certificateRejected), "pki$ebnf$4"], "postprocess": read.statementAndPart},
    {"name": "pki$ebnf$5", "symbols": ["installed_under"], "postprocess": id},
    {"name": "pki$ebnf$5", "symbols": [], "postprocess": () => null},
    {"name": "pki", "symbols": [(bodyLexer.has("CERT_INSTALL") ? {type: "CERT_INSTALL"} : CERT_INSTALL), (bodyLexer.has("certificateInstalled") ? {type: "certificateInstalled"} : certificateInstalled), "pki$ebnf$5"], "postprocess": read.statementAndPart},
    {"name": "pki$ebnf$6", "symbols": ["pki_reason"], "postprocess": id},
    {"name": "pki$ebnf$6", "symbols": [], "postprocess": () => null},
    {"name": "pki", "symbols": [(bodyLexer.has("PKCS12_IMPORT_FAILURE") ? {type: "PKCS12_IMPORT_FAILURE"} : PKCS12_IMPORT_FAILURE), (bodyLexer.has("importFailed") ? {type: "importFailed"} : importFailed), (bodyLexer.has("trustpoint") ? {type: "trustpoint"} : trustpoint), "pki$ebnf$6"], "postprocess": read.trustpointThenReason},
    {"name": "pki", "symbols": [(bodyLexer.has("KEY_CMP_MISMATCH") ? {type: "KEY_CMP_MISMATCH"} : KEY_CMP_MISMATCH), (bodyLexer.has("keyMismatch") ? {type: "keyMismatch"} : keyMismatch), (bodyLexer.has("trustpoint") ? {type: "trustpoint"} : trustpoint)], "postprocess": read.statementAndTrustpoint},
    {"name": "pki$ebnf$7", "symbols": []},
    {"name": "pki$ebnf$7", "symbols": ["pki$ebnf$7", (bodyLexer.has("csrFingerprint") ? {type: "csrFingerprint"} : csrFingerprint)], "postprocess": (d) => d[0].concat([d[1]])},
    {"name": "pki", "symbols": ["csr_fingerprint", "pki$ebnf$7"], "postprocess": read.nothing},
    {"name": "pki", "symbols": ["pki_statement"], "postprocess": read.nothing},
    {"name": "pki_reason", "symbols": [(bodyLexer.has("because") ? {type: "because"} : because), (bodyLexer.has("reason") ? {type: "reason"} : reason)], "postprocess": read.reason},
    {"name": "for_trustpoint", "symbols": [(bodyLexer.has("forTrustpoint") ? {type: "forTrustpoint"} : forTrustpoint), (bodyLexer.has("trustpoint") ? {type: "trustpoint"} : trustpoint)], "postprocess": read.labelledTrustpoint},
    {"name": "installed_under$ebnf$1", "symbols": [(bodyLexer.has("certificateDetails") ? {type: "certificateDetails"} : certificateDetails)], "postprocess": id},
    {"name": "installed_under$ebnf$1", "symbols": [], "postprocess": () => null},
    {"name": "installed_under", "symbols": [(bodyLexer.has("trustpointLabel") ? {type: "trustpointLabel"} : trustpointLabel), (bodyLexer.has("trustpoint") ? {type: "trustpoint"} : trustpoint), "installed_under$ebnf$1"], "postprocess": read.labelledTrustpoint},
    {"name": "csr_fingerprint", "symbols": [(bodyLexer.has("CSR_FINGERPRINT") ? {type: "CSR_FINGERPRINT"} : CSR_FINGERPRINT)]},
    {"name": "csr_fingerprint", "symbols": [(bodyLexer.has("CSR_FINGERPRINT_UNSIGNED") ? {type: "CSR_FINGERPRINT_UNSIGNED"} : CSR_FINGERPRINT_UNSIGNED)]},
    {"name": "certificate_invalid", "symbols": [(bodyLexer.has("CERTIFICATE_INVALID") ? {type: "CERTIFICATE_INVALID"} : CERTIFICATE_INVALID)]},
    {"name": "certificate_invalid", "symbols": [(bodyLexer.has("CERTIFICATE_INVALID_EXPIRED") ? {type: "CERTIFICATE_INVALID_EXPIRED"} : CERTIFICATE_INVALID_EXPIRED)]},
    {"name": "certificate_invalid", "symbols": [(bodyLexer.has("CERTIFICATE_INVALID_NOT_YET_VALID") ? {type: "CERTIFICATE_INVALID_NOT_YET_VALID"} : CERTIFICATE_INVALID_NOT_YET_VALID)]},
    {"name": "certificate_invalid", "symbols": [(bodyLexer.has("CERTIFICATE_INVALID_UNAUTHORIZED") ? {type: "CERTIFICATE_INVALID_UNAUTHORIZED"} : CERTIFICATE_INVALID_UNAUTHORIZED)]},
    {"name": "certificate_invalid", "symbols": [(bodyLexer.has("CERTIFICATE_REVOKED") ? {type: "CERTIFICATE_REVOKED"} : CERTIFICATE_REVOKED)]},
    {"name": "pki_statement", "symbols": [(bodyLexer.has("TRUSTPOOL_DOWNLOAD_SUCCESS") ? {type: "TRUSTPOOL_DOWNLOAD_SUCCESS"} : TRUSTPOOL_DOWNLOAD_SUCCESS), (bodyLexer.has("trustpoolDownloaded") ? {type: "trustpoolDownloaded"} : trustpoolDownloaded)]},
    {"name": "pki_statement", "symbols": [(bodyLexer.has("TRUSTPOOL_DOWNLOAD_FAILURE") ? {type: "TRUSTPOOL_DOWNLOAD_FAILURE"} : TRUSTPOOL_DOWNLOAD_FAILURE), (bodyLexer.has("trustpoolFailed") ? {type: "trustpoolFailed"} : trustpoolFailed)]},
    {"name": "pki_statement", "symbols": [(bodyLexer.has("NON_AUTHORITATIVE_CLOCK") ? {type: "NON_AUTHORITATIVE_CLOCK"} : NON_AUTHORITATIVE_CLOCK), (bodyLexer.has("noTimeSource") ? {type: "noTimeSource"} : noTimeSource)]},
    {"name": "pki_statement", "symbols": [(bodyLexer.has("AUTHORITATIVE_CLOCK") ? {type: "AUTHORITATIVE_CLOCK"} : AUTHORITATIVE_CLOCK), (bodyLexer.has("clockSet") ? {type: "clockSet"} : clockSet)]},
    {"name": "pki_statement", "symbols": [(bodyLexer.has("NOCONFIGAUTOSAVE") ? {type: "NOCONFIGAUTOSAVE"} : NOCONFIGAUTOSAVE), (bodyLexer.has("notSaved") ? {type: "notSaved"} : notSaved)]},
    {"name": "pki_statement", "symbols": [(bodyLexer.has("NOAUTOSAVE") ? {type: "NOAUTOSAVE"} : NOAUTOSAVE), (bodyLexer.has("notSaved") ? {type: "notSaved"} : notSaved)]},
    {"name": "pki_statement", "symbols": [(bodyLexer.has("CONFIGAUTOSAVE") ? {type: "CONFIGAUTOSAVE"} : CONFIGAUTOSAVE), (bodyLexer.has("saved") ? {type: "saved"} : saved)]},
    {"name": "pki_statement", "symbols": [(bodyLexer.has("SOCKETSEND") ? {type: "SOCKETSEND"} : SOCKETSEND), (bodyLexer.has("caUnsent") ? {type: "caUnsent"} : caUnsent)]},
    {"name": "pki_statement", "symbols": [(bodyLexer.has("SUDI_INFO") ? {type: "SUDI_INFO"} : SUDI_INFO), (bodyLexer.has("noSudi") ? {type: "noSudi"} : noSudi)]},
    {"name": "pki_statement", "symbols": [(bodyLexer.has("LOG_INFO_DETAIL") ? {type: "LOG_INFO_DETAIL"} : LOG_INFO_DETAIL), (bodyLexer.has("selfTest") ? {type: "selfTest"} : selfTest)]},
    {"name": "pki_statement", "symbols": [(bodyLexer.has("CS_ENABLED") ? {type: "CS_ENABLED"} : CS_ENABLED), (bodyLexer.has("serverEnabled") ? {type: "serverEnabled"} : serverEnabled)]},
    {"name": "pki_statement", "symbols": [(bodyLexer.has("CS_DISABLED") ? {type: "CS_DISABLED"} : CS_DISABLED), (bodyLexer.has("serverDisabled") ? {type: "serverDisabled"} : serverDisabled)]},
    {"name": "pki_statement", "symbols": [(bodyLexer.has("CS_GRANT_AUTO") ? {type: "CS_GRANT_AUTO"} : CS_GRANT_AUTO), (bodyLexer.has("grantedToAll") ? {type: "grantedToAll"} : grantedToAll)]},
    {"name": "error", "symbols": [(bodyLexer.has("error") ? {type: "error"} : error)], "postprocess": read.error},
    {"name": "because", "symbols": [(bodyLexer.has("separator") ? {type: "separator"} : separator), (bodyLexer.has("reason") ? {type: "reason"} : reason)], "postprocess": read.reason},
    {"name": "because", "symbols": [(bodyLexer.has("separator") ? {type: "separator"} : separator), (bodyLexer.has("reason") ? {type: "reason"} : reason), (bodyLexer.has("forUdi") ? {type: "forUdi"} : forUdi), "udi"], "postprocess": read.reasonWithUdi},
    {"name": "because", "symbols": [(bodyLexer.has("forUdi") ? {type: "forUdi"} : forUdi), "udi"], "postprocess": read.udiOnly},
    {"name": "udi", "symbols": [(bodyLexer.has("pid") ? {type: "pid"} : pid), (bodyLexer.has("serial") ? {type: "serial"} : serial)], "postprocess": read.udi},
    {"name": "udi", "symbols": [(bodyLexer.has("pid") ? {type: "pid"} : pid)], "postprocess": read.udi},
    {"name": "udi", "symbols": [(bodyLexer.has("serial") ? {type: "serial"} : serial)], "postprocess": read.serialOnly},
    {"name": "udi", "symbols": [(bodyLexer.has("noUdi") ? {type: "noUdi"} : noUdi)], "postprocess": read.nothing}
  ],
  ParserStart: "message",
};

export default grammar;
