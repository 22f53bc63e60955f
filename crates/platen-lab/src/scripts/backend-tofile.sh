#!/bin/sh
# tofile:/directory: a test printer that appends each document to JOB.prn and one line per run to JOB.args
[ $# -eq 0 ] && { echo 'file tofile "Unknown" "Test sink"'; exit 0; }
directory=${DEVICE_URI#tofile:} count=$#
id=$1 user=$2 title=$3 copies=$4 options=$5
shift 5
cat "$@" >> "$directory/$id.prn" || exit 1
printf '%s\n' "argc=$count id=$id user=$user title=$title copies=$copies opts=$options type=$CONTENT_TYPE final=$FINAL_CONTENT_TYPE uid=$(id -u)" >> "$directory/$id.args"
