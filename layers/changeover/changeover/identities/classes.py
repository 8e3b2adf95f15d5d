"""Which object classes a SOCA directory's schema knows, and what it asks of their entries."""

from collections.abc import Iterable, Iterator

# Each is `class^superior…:attribute…`: what its entries must have, what it inherits included. Only
# structural classes, of which an entry has one for all its life, name what they are a kind of.
_CLASSES = """
    top extensibleObject alias^top:aliasedObjectName referral^top:ref OpenLDAProotDSE^top
    LDAProotDSE^top subentry^top:cn:subtreeSpecification subschema dynamicObject glue^top
    syncConsumerSubentry syncProviderSubentry country^top:c locality^top organization^top:o
    organizationalUnit^top:ou person^top:cn:sn organizationalPerson^person:cn:sn
    organizationalRole^top:cn groupOfNames^top:cn:member residentialPerson^person:cn:l:sn
    applicationProcess^top:cn applicationEntity^top:cn:presentationAddress
    dSA^applicationEntity:cn:presentationAddress device^top:cn
    strongAuthenticationUser:userCertificate
    certificationAuthority:authorityRevocationList:cACertificate:certificateRevocationList
    groupOfUniqueNames^top:cn:uniqueMember userSecurityInformation
    certificationAuthority-V2:authorityRevocationList:cACertificate:certificateRevocationList
    cRLDistributionPoint^top:cn dmd^top:dmdName pkiUser pkiCA deltaCRL labeledURIObject
    simpleSecurityObject:userPassword dcObject:dc uidObject:uid pilotPerson^person:cn:sn
    newPilotPerson^person:cn:sn account^top:uid document^top:documentIdentifier room^top:cn
    documentSeries^top:cn domain^top:dc RFC822localPart^domain:dc dNSDomain^domain:dc
    domainRelatedObject:associatedDomain friendlyCountry^country:c:co
    pilotOrganization^organization^organizationalUnit:o:ou pilotDSA^dSA:cn:presentationAddress
    qualityLabelledData:dSAQuality posixAccount:cn:gidNumber:homeDirectory:uid:uidNumber
    shadowAccount:uid posixGroup^top:cn:gidNumber ipService^top:cn:ipServicePort:ipServiceProtocol
    ipProtocol^top:cn:description:ipProtocolNumber oncRpc^top:cn:description:oncRpcNumber
    ipHost:cn:ipHostNumber ipNetwork^top:cn:ipNetworkNumber nisNetgroup^top:cn nisMap^top:nisMapName
    nisObject^top:cn:nisMapEntry:nisMapName ieee802Device bootableDevice
    inetOrgPerson^organizationalPerson:cn:sn sudoRole^top:cn
"""

_PARTS = [
    (item.partition(":")[0].split("^"), item.split(":")[1:]) for item in _CLASSES.lower().split()
]
REQUIRED = {name: frozenset(attributes) for (name, *_), attributes in _PARTS}
_SUPERIORS = {name: superiors for (name, *superiors), _ in _PARTS if superiors}


def structural(classes: Iterable[str]) -> frozenset[str]:
    """An entry's structural class: that of its classes, in lower case, of which none is a kind.

    Those that are not known count as auxiliary.
    """
    own = {name for name in classes if name in _SUPERIORS}
    return frozenset(own - {above for name in own for above in _above(name)})


def _above(name: str) -> Iterator[str]:
    for superior in _SUPERIORS.get(name, ()):
        yield superior
        yield from _above(superior)


def kinds_of(name: str) -> frozenset[str]:
    """A class, in lower case, and all that are a kind of it: a search for it finds them too."""
    return frozenset({name, *(each for each in _SUPERIORS if name in _above(each))})
