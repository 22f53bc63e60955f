# supervise MARK LOG SIGNAL GRACE_SECONDS PROGRAM ARGUMENTS…
# Runs PROGRAM, prints its process id, and ends it with everything it started as soon as standard
# input ends: the guard was dropped, or the process that held it died. Started in a session of its
# own, so that signals to the test runner's terminal or process group do not reach it.
mark=$1 log=$2 signal=$3 grace=$4
shift 4
exec 3<&0 </dev/null
(export PLATEN_LAB_PROCESS="$mark"; exec "$@") >>"$log" 2>&1 3<&- &
child=$!
echo "$child"
exec >/dev/null 2>&1

(
  cat <&3
  kill -s "$signal" "$child"
  tries=$((grace * 20))
  while [ "$tries" -gt 0 ] && kill -0 "$child"; do sleep 0.05; tries=$((tries - 1)); done
  kill -KILL "$child"
) &
wait "$child"
status=$?
exec 3<&-

# What the program left running: whatever is in this session, and whatever left it but carries the mark.
survivors() {
  cat /proc/[0-9]*/stat |
    sed -n "s/^\([0-9]*\) (.*) [^Z] [0-9]* [0-9]* $$ .*/\1/p"
  grep -lF "PLATEN_LAB_PROCESS=$mark" /proc/[0-9]*/environ | sed 's|^/proc/||; s|/environ$||'
}
rounds=100 found=1
while [ "$found" = 1 ] && [ "$rounds" -gt 0 ]; do
  found=0 rounds=$((rounds - 1))
  for survivor in $(survivors); do
    [ "$survivor" = $$ ] || { kill -KILL "$survivor" && found=1; }
  done
done
exit "$status"
