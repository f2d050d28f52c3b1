# What stands left of the core: RFC 5424, RFC 3164 and the Cisco dialects, in any order they were seen in.
# Each element is one token, with the colons behind it (headerElements), so a header has exactly one reading;
# the place of an element decides its role: which name is the device's and which number the counter (header-roles.ts).

@preprocessor typescript
@{%
import * as read from './header-roles.ts';
import { envelopeLexer } from './envelope-lexer.ts';
%}
@lexer envelopeLexer

# <190>3132517: Mar  1 18:46:12 192.0.2.7 sw-a: 000161: *Mar  1 18:46:11.483 UTC:
envelope -> element:*                       {% read.envelope %}

element ->
    # <187>   <187>1 2022-03-01T18:46:11.123Z sw-a - - - -   Original Address=192.0.2.7   2018-06-19 02:13:38 Local7.Info sw-a
    %relay                                  {% id %}
    # 585917:   000161:
  | %number                                 {% id %}
    # *Mar  1 18:46:11.483 CET:   Feb 28 2010 00:20:10 UTC:   2023 May  2 12:57:15 UTC:   2022-03-01T18:46:11Z   2y10w:
  | %stamp                                  {% id %}
    # sw-a:   sw-a.example.net:   192.0.2.7   [192.0.2.7]   2001:db8::7:   0.0.0.0:   B12/SW3:   Halle#3:   sw-a#
  | %name                                   {% id %}
    # [syslog@9 s_sn="84" s_id ="sw-a:666"]:   RP/0/RSP0/CPU0:   CLC 6/0:   smartlicserver[390]:   %$ VDC-1 %$
    # and anything else, which says nothing about the line's origin
  | %mark                                   {% id %}
