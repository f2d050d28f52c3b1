# What stands left of the core: RFC 5424, RFC 3164 and the Cisco dialects, in any order they were seen in.
# Each element begins with a token of its own and takes the colons behind it, so a header has exactly one reading;
# which host is the relay's and which number the counter is decided by their order (postprocess.ts).

@preprocessor typescript
@{%
import * as read from './envelope-postprocess.ts';
import { envelopeLexer } from './envelope-lexer.ts';
%}
@lexer envelopeLexer

# <190>3132517: Mar  1 18:46:12 192.0.2.7 sw-a: 000161: *Mar  1 18:46:11.483 UTC:
envelope -> colons element:*                {% read.envelope %}

element ->
    # <187>
    %pri colons                             {% read.priority %}
    # <187>1 2022-03-01T18:46:11.123Z sw-a - - - -
  | %rfc5424 colons                         {% read.rfc5424 %}
    # 585917:   000161:
  | %number colons                          {% read.number %}
    # *Mar  1 18:46:11.483 CET:   Feb 28 2010 00:20:10 UTC:   2023 May  2 12:57:15 UTC:   2022-03-01T18:46:11Z
  | %stamp colons                           {% read.stamp %}
  | %iso colons                             {% read.stamp %}
    # 00:20:10:   2y10w:
  | %uptime colons                          {% read.uptime %}
    # sw-a:   sw-a.example.net:   192.0.2.7   2001:db8::7:   0.0.0.0:
  | %host colons                            {% read.host %}
    # B12/SW3:   Halle#3:
  | %string colons                          {% read.string %}
    # [syslog@9 s_sn="84" s_id ="sw-a:666"]:
  | %sd colons                              {% read.skipped %}
    # message repeated 3 times: [
  | %repeat colons                        {% read.skipped %}
    # RP/0/RSP0/CPU0:   CLC 6/0:
  | %location colons                        {% read.skipped %}
    # smartlicserver[390]:
  | %process colons                         {% read.skipped %}
    # anything else; it says nothing about the line's origin
  | %noise colons                           {% read.skipped %}

colons -> %colon:*                          {% read.colons %}
