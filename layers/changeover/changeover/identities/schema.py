"""Which attributes a SOCA directory's schema knows, and which of their values ignore case.

The schema is core, cosine, nis, inetorgperson and sudo, as slapd 2.5 and SOCA ship them.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple


class Family(NamedTuple):
    """User attributes below one OID, parted by how their values are compared.

    Each is `number:name:alias…`. `ignores_case` holds those whose equality rule is caseIgnoreMatch,
    caseIgnoreIA5Match or objectIdentifierMatch, `dn_valued` those with distinguishedNameMatch.
    """

    arc: str
    ignores_case: str = ""
    dn_valued: str = ""
    other: str = ""


_SCHEMA = (
    Family(
        arc="2.5.4",
        ignores_case="""
            0:objectClass 2:knowledgeInformation 3:cn:commonName 4:sn:surname 5:serialNumber
            6:c:countryName 7:l:localityName 8:st:stateOrProvinceName 9:street:streetAddress
            10:o:organizationName 11:ou:organizationalUnitName 12:title 13:description
            15:businessCategory 17:postalCode 18:postOfficeBox 19:physicalDeliveryOfficeName
            27:destinationIndicator 30:supportedApplicationContext 41:name 42:givenName:gn
            43:initials 44:generationQualifier 46:dnQualifier 51:houseIdentifier 54:dmdName
            65:pseudonym
        """,
        dn_valued="""
            1:aliasedObjectName:aliasedEntryName 31:member 32:owner 33:roleOccupant 34:seeAlso
            49:distinguishedName
        """,
        other="""
            14:searchGuide 16:postalAddress 20:telephoneNumber 21:telexNumber
            22:teletexTerminalIdentifier 23:facsimileTelephoneNumber:fax 24:x121Address
            25:internationaliSDNNumber 26:registeredAddress 28:preferredDeliveryMethod
            29:presentationAddress 35:userPassword 36:userCertificate 37:cACertificate
            38:authorityRevocationList 39:certificateRevocationList 40:crossCertificatePair
            45:x500UniqueIdentifier 47:enhancedSearchGuide 48:protocolInformation 50:uniqueMember
            52:supportedAlgorithms 53:deltaRevocationList
        """,
    ),
    Family(
        arc="0.9.2342.19200300.100.1",
        ignores_case="""
            1:uid:userid 2:textEncodedORAddress 3:mail:rfc822Mailbox 4:info 5:drink:favouriteDrink
            6:roomNumber 8:userClass 9:host 11:documentIdentifier 12:documentTitle
            13:documentVersion 15:documentLocation 25:dc:domainComponent 26:aRecord 27:mDRecord
            28:mXRecord 29:nSRecord 30:sOARecord 31:cNAMERecord 37:associatedDomain 40:personalTitle
            43:co:friendlyCountryName 44:uniqueIdentifier 45:organizationalStatus 46:janetMailbox
            48:buildingName 56:documentPublisher
        """,
        dn_valued="""
            10:manager 14:documentAuthor 21:secretary 38:associatedName 54:dITRedirect
        """,
        other="""
            7:photo 20:homePhone:homeTelephoneNumber 22:otherMailbox 39:homePostalAddress
            41:mobile:mobileTelephoneNumber 42:pager:pagerTelephoneNumber 47:mailPreferenceOption
            49:dSAQuality 50:singleLevelQuality 51:subtreeMinimumQuality 52:subtreeMaximumQuality
            53:personalSignature 55:audio 60:jpegPhoto
        """,
    ),
    Family(
        arc="1.3.6.1.1.1.1",
        ignores_case="""
            2:gecos 16:ipServiceProtocol 19:ipHostNumber 20:ipNetworkNumber 21:ipNetmaskNumber
            22:macAddress 26:nisMapName
        """,
        other="""
            0:uidNumber 1:gidNumber 3:homeDirectory 4:loginShell 5:shadowLastChange 6:shadowMin
            7:shadowMax 8:shadowWarning 9:shadowInactive 10:shadowExpire 11:shadowFlag 12:memberUid
            13:memberNisNetgroup 14:nisNetgroupTriple 15:ipServicePort 17:ipProtocolNumber
            18:oncRpcNumber 23:bootParameter 24:bootFile 27:nisMapEntry
        """,
    ),
    Family(
        arc="2.16.840.1.113730.3.1",
        ignores_case="""
            1:carLicense 2:departmentNumber 3:employeeNumber 4:employeeType 39:preferredLanguage
            241:displayName
        """,
        other="40:userSMIMECertificate 216:userPKCS12",
    ),
    Family(
        arc="1.3.6.1.4.1.15953.9.1",
        other="""
            1:sudoUser 2:sudoHost 3:sudoCommand 4:sudoRunAs 5:sudoOption 6:sudoRunAsUser
            7:sudoRunAsGroup
        """,
    ),
    Family(arc="1.2.840.113549.1.9", ignores_case="1:email:emailAddress:pkcs9email"),
    Family(arc="1.3.6.1.4.1.250.1", other="57:labeledURI"),
    Family(arc="1.3.6.1.4.1.4203.666.1", other="60:pKCS8PrivateKey"),
)


def _all(family: Family) -> str:
    return f"{family.ignores_case} {family.dn_valued} {family.other}"


def _names(items: str) -> Iterator[str]:
    """The first name of each attribute."""
    return (item.split(":")[1] for item in items.split())


def _synonyms(family: Family) -> Iterator[tuple[str, str]]:
    """Alias or OID, and the first name that it stands for."""
    for item in _all(family).split():
        number, first, *aliases = item.lower().split(":")
        yield from ((synonym, first) for synonym in (f"{family.arc}.{number}", *aliases))


IGNORES_CASE = frozenset(name.lower() for family in _SCHEMA for name in _names(family.ignores_case))
DN_VALUED = frozenset(name.lower() for family in _SCHEMA for name in _names(family.dn_valued))
_SYNONYMS = dict(pair for family in _SCHEMA for pair in _synonyms(family))
KNOWN = frozenset(_SYNONYMS.values())
_SPELLINGS = {name.lower(): name for family in _SCHEMA for name in _names(_all(family))}

# What a server adds by itself, or differs between two servers that hold the same identities.
OPERATIONAL = frozenset(
    (
        "structuralobjectclass",
        "entryuuid",
        "creatorsname",
        "createtimestamp",
        "entrycsn",
        "modifiersname",
        "modifytimestamp",
        "entrydn",
        "subschemasubentry",
        "hassubordinates",
        "contextcsn",
    )
)


@lru_cache(maxsize=10_000)
def canonical_name(description: str) -> str:
    """The one spelling of an attribute's description: `2.5.4.3` and `commonName` are `cn`.

    Options follow in order, as in `usercertificate;binary`. An unknown name is only lowered.
    """
    name, *options = description.lower().split(";")
    return ";".join((_SYNONYMS.get(name, name), *sorted(set(options))))


@lru_cache(maxsize=10_000)
def spelled(description: str) -> str:
    """A canonical description as people read it: `uidNumber` for `uidnumber`."""
    name, semicolon, options = description.partition(";")
    return f"{_SPELLINGS.get(name, name)}{semicolon}{options}"
