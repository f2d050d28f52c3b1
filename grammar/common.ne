# What several facilities share.

@lexer bodyLexer

# (ERR 205 : Request Aborted)
error -> %error                             {% read.error %}

# : Fail to send out Call Home HTTP message   : Data and signature do not match for udi PID:IE3300,SN:FOC0000A1B2
because -> %separator %reason               {% read.reason %}
         | %separator %reason %forUdi udi   {% read.reasonWithUdi %}
         | %forUdi udi                      {% read.udiOnly %}

# PID:IE-3300-8T2S,SN:FOC0000A1B2   PID:XXX, SN: XXX   PID:CSR1000VSN:9ZL0000   <>
udi -> %pid %serial                         {% read.udi %}
     | %pid                                 {% read.udi %}
     | %serial                              {% read.serialOnly %}
     | %noUdi                               {% read.nothing %}
