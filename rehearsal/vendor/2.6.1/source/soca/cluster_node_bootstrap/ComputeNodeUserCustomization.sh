#!/bin/bash -xe

# Your own steps for every compute node go below.
