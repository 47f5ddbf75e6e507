#!/bin/sh
echo "made from $1" | sed 's/,"__[^}]*//'
