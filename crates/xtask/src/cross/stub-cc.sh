#!/bin/sh
# A C compiler for checking types only: it writes empty files and succeeds. What
# asks for the preprocessor gets the real one.
result=
while [ "$#" -gt 0 ]; do
    case "$1" in
        -o) shift; result=$1 ;;
        -E) preprocess=1 ;;
    esac
    last=$1
    shift
done
[ -n "${preprocess:-}" ] && exec cc -E "$last"
[ -z "$result" ] || : > "$result"
