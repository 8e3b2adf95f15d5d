#!/bin/bash -xe

# Your own steps for every compute node go below.

# Visualisation nodes keep their scratch data on the instance store.
mkdir -p /scratch
chmod 1777 /scratch
