"""LDAP as the RFCs and OpenLDAP define it: DNs, entries, LDIF and schemas. Independent of SOCA."""
