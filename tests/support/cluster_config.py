"""What the operators say about the cluster of the tests."""

from typing import Any

from changeover.cluster.configuration import ClusterConfiguration, Network
from changeover.cluster.directory_service import DirectoryService
from changeover.cluster.source import Source
from changeover.soca.dialect import DIALECTS, Dialect
from changeover.soca.directory_provider import Provider


def configured(there: Dialect, provider: Provider, **anew: Any) -> ClusterConfiguration:
    """For releases to come of this dialect."""
    version = ".".join(str(number) for number in (*there.first, 1))
    usual: dict[str, Any] = {
        "network": Network(
            vpc_id="vpc-1", private_subnets=("subnet-a",), client_cidr="192.168.0.0/16"
        ),
        "source": Source(vendor_release=version, customizations="site"),
        "directory": DirectoryService(provider=provider, base_dn=chosen_base(there)),
        "stack_parameters": {"BaseOS": "amazonlinux2"},
    }
    return ClusterConfiguration(cluster="hpc", **(usual | anew))


def chosen_base(dialect: Dialect) -> str:
    """Empty where SOCA's installer chooses it."""
    return "" if dialect in DIALECTS.values() else dialect.base_dn
