#!/bin/bash
# Stand-in: the original fetches soca.tar.gz, makes the first account and says in /etc/motd how it went.
echo "Installer s3://$1/$2, first account $3"
