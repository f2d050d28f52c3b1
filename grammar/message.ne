# The table of contents: a message is its mnemonic, then its body. The mnemonic is the first token; the body's tokens
# are whole phrases (body-lexer.ts), so that the kinds of tokens alone decide the reading.

@preprocessor typescript
@{%
import * as read from './postprocess.ts';
import { bodyLexer } from './body-lexer.ts';
%}
@lexer bodyLexer

message -> facility                         {% read.first %}
facility -> smart_lic {% read.first %} | call_home {% read.first %} | pki {% read.first %}

@include "smart-lic.ne"
@include "call-home.ne"
@include "pki.ne"
@include "common.ne"
