#!/bin/sh
# follow-replicas.sh NAME…: reloads nginx when one of these hosts has another address than before, as a container has that
# was made anew. A name that is gone makes the reload fail, and nginx goes on as it is until the name is back.
addresses() {
    for name in "$@"; do
        getent hosts "$name"
    done
}

known=$(addresses "$@")
while sleep "${FOLLOW_SECONDS:-2}"; do
    found=$(addresses "$@")
    if [ "$found" != "$known" ] && nginx -s reload; then
        known=$found
    fi
done
