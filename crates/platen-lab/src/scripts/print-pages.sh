#!/bin/sh
# The engine of a test printer (ippeveprinter -c): "prints" page by page and reports each impression, as a
# real engine does. page_seconds and fail_after come from the file "behaviour" beside the log; while there is
# a file "wait", nothing is printed.
directory=$PLATEN_LAB_PRINTER
page_seconds=0 fail_after=
[ -r "$directory/behaviour" ] && . "$directory/behaviour"
for file; do :; done
copies=${IPP_COPIES:-1}
pages=$(pdfinfo "$file" 2>/dev/null | sed -n 's/^Pages: *//p')
total=$((${pages:-1} * copies))
echo "ATTR: job-impressions=$total" >&2
while [ -e "$directory/wait" ]; do sleep 0.1; done
printed=0 status=0
while [ "$printed" -lt "$total" ]; do
  if [ -n "$fail_after" ] && [ "$printed" -ge "$fail_after" ]; then
    echo "ERROR: Paper jam" >&2
    status=1
    break
  fi
  [ "$page_seconds" = 0 ] || sleep "$page_seconds"
  printed=$((printed + 1))
  echo "ATTR: job-impressions-completed=$printed" >&2
done
plain() { printf '%s' "$1" | tr '\t\n' '  '; }
printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$printed" "${pages:-1}" "$copies" "$IPP_SIDES" \
  "$IPP_PRINT_COLOR_MODE" "$IPP_MEDIA" "$(plain "$IPP_JOB_NAME")" \
  "$(plain "$IPP_JOB_ORIGINATING_USER_NAME")" "$file" >> "$directory/prints"
exit "$status"
