import type { Rule } from './keyed.ts';

/** Lines of the licensing outputs that are known and state nothing that is asked for; the first that fits counts. */
export const LICENSE_SILENT: readonly Rule<unknown>[] = [
  // Whole parts: nobody asks for anything in them.
  {
    in: /(?:^|\/ )(?:utility|policy|data privacy|miscellaneous|account information|export authorization key|license usage|measurements|upcoming scheduled jobs|ha info|license certificates|licensing certificated?|platform provided mapping table|usage report summary|purchased licenses|license conversion|specified license reservations|reservation info|license authorizations|overall status|agent version|(?:soft )?enforced licenses|other info|evaluation period|version privacy|proxy|trust code installed|handle|communication statistics)\b/,
    key: /./,
  },
  // Headings.
  {
    key: /^(?:Smart Licensing (?:Status|Tech Support info|Using Policy)|Registration|License Authorizations?|Utility|Transport|Proxy|Policy|Data Privacy|Miscellaneous|Account Information|Export Authorization Key|Features Authorized|Usage Reporting|License Usage|Product Information|HA UDI List|Agent Version|Overall status|Purchased Licenses|Usage Report Summary|Upcoming Scheduled Jobs|Communication Statistics|License Certificates|HA Info|Reservation Info|Specified license reservations|Other Info|Platform Provided Mapping Table|(?:Soft )?Enforced Licenses|License Conversion|Evaluation Period|Last Response)$/i,
  },
  {
    key: /^(?:Trust (?:Establishment|Acknowledgement|Sync)|Result Polling|Authorization (?:Request|Confirmation|Return)|Hello Message)$/i,
  },
  { in: /product information$|ha udi list$/, key: /./ },
  // Keys and values.
  {
    key: /^(?:Smart Account|Virtual Account|Export-Controlled Functionality|Product Instance Name|Next \w+ Attempt|Evaluation Period(?: Remaining)?|EVALUATION PERIOD .*|Mode|Time left|Attempts|Communication Level Allowed|Overall State|Reporting push interval|Next ACK push check|Next report push|Last report file write|Last Configuration|Utility URL|Username|Password|Not Configured|Smart Agent for Licensing.*|No licenses in use.*|No Purchase Information Available|License\s+Entitlement [Tt]ag.*|Custom Id|Version privacy|Sending Hostname|<none>|<empty>|Report(?:ing)? .*|Last (?:Success|Failure) Time|Total.*|Available to Report.*)$/i,
  },
  // Of one licence: `network-advantage (C9300-24 Network Advantage)`.
  { in: /\([^/]*\)$/, key: /./ },
  { key: /^\S[^:]* \([^:]*\)$/ },
  // Rows of the table of `show license summary`.
  { in: /license usage/, key: /./ },
  { key: /^\S.{4,}\s+\d+\s+(?:IN USE|NOT IN USE|AUTHORIZED|OUT OF COMPLIANCE|\w+)$/i },
  { key: /^\(.*\)$/ },
];
