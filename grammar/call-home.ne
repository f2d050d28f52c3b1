# %CALL_HOME: the transport of Smart Licensing and of Smart Call Home.

@lexer bodyLexer

call_home ->
    # Fail to send out Smart Licensing message to:https://<;ip>/its/service/oddce/services/DDCEService (ERR 205 : Request Aborted)
    %SL_MESSAGE_FAILED %licensingMessage %url error:?    {% read.urlAndError %}
    # failed to send HTTP request to : https://tools.cisco.com/its/service/oddce/services/DDCEService (ERR 205 : Request Aborted)
  | %HTTP_REQUEST_FAILED %httpRequest %url error:?       {% read.urlAndError %}
    # Call-home is enabled by Smart Agent for Licensing.
  | %CALL_HOME_ENABLED %callHomeEnabled                  {% read.nothing %}
