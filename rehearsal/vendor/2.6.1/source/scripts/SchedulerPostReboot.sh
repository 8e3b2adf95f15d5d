#!/bin/bash
# Stand-in: the original fetches soca.tar.gz, makes the first account and says in /etc/motd how it went.
echo "Installer s3://$1/$2, first account $3"

# What the dispatcher starts for the jobs of each queue.
cat <<EOT >>"/apps/soca/$SOCA_CONFIGURATION/cluster_manager/settings/queue_mapping.yml"
queue_type:
  compute:
    queues: ["normal", "high"]
    instance_type: "c5.large"
  desktop:
    queues: ["desktop"]
    instance_type: "c5.large"
EOT
