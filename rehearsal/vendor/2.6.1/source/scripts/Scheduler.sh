#!/bin/bash
# Stand-in: installs nothing. The original makes the directory, the scheduler and the mounts.
echo "Scheduler of $SOCA_CONFIGURATION, data on $1, apps on $2"
