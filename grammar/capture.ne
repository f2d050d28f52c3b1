# What a switch prints that has a grammar: its clock, the times in its outputs, and the rows of the licensing agent's log
# of events. The rest of an output is keys and values.

@preprocessor typescript
@{%
import * as read from './shown-postprocess.ts';
import { shownLexer } from './shown-lexer.ts';
%}
@lexer shownLexer

shown -> time                               {% id %}
       | event                              {% id %}

time ->
    # .05:30:30.132 UTC Fri Oct 22 2021   Time source is NTP, 15:09:55.102 UTC Wed Nov 10 2021   00:34:52 UTC Nov 20 2015
    %source:? %tod zone:? %month %number %number    {% read.clock %}
    # Aug 30 19:03:00 2023 PDT   Nov 10 11:32:02 2021
  | %month %number %tod %number zone:?              {% read.stamp %}
    # Aug 30 2023 19:03:00 PDT
  | %month %number %number %tod zone:?              {% read.yearFirst %}
    # Time source is NTP   No time source
  | %source                                         {% read.sourceOnly %}

# 2021-11-17 03:31:32.920 UTC SAEVT_COMM_FAIL error="Communication transport not available"
event -> %date %tod zone:? %name field:*            {% read.event %}

zone -> %word                               {% id %}

field -> %pair                              {% read.pair %}
    # error="Signed data and certificate does not match
       | %open                              {% read.open %}
    # PRE-INIT
       | %word                              {% read.nothing %}
       | %number                            {% read.nothing %}
