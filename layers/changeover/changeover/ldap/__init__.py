"""LDAP as the RFCs and OpenLDAP define it: names, entries, LDIF and schemas. Knows no SOCA."""
