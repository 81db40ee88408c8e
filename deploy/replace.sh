#!/usr/bin/env bash
# Replaces running services one by one, without a gap: a new container of a service is started beside the old one, and
# when it is ready, the old one is asked to end. It stops taking, finishes what it has in hand, and leaves the rest to
# the new one. For whatever a process reads at its start: secrets, settings, a new image.
#
#   deploy/replace.sh                      all five
#   deploy/replace.sh intake router        some of them, in this order
#
# `mail` has a port of this machine, which only one container can have: it is away for some seconds, and mail servers
# try again. Stops at the first service that does not become ready; the old container of it then still runs. Which
# stack it is, docker compose knows as usual: from this folder, .env, COMPOSE_PROJECT_NAME, COMPOSE_ENV_FILES.
set -euo pipefail
cd "$(dirname "$0")/.."

READY_SECONDS=${REPLACE_READY_SECONDS:-120}
NAMES_SECONDS=6 # the proxy looks names up every 5 seconds: by then it knows the new container
ALL=(intake mail router notifier desk)

health() {
    docker inspect --format '{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}' "$1"
}

await_ready() {
    local container=$1 until=$((SECONDS + READY_SECONDS))
    until [ "$(health "$container")" = healthy ]; do
        if [ $SECONDS -ge $until ]; then
            echo "$container is not ready after $READY_SECONDS s: $(health "$container")" >&2
            docker logs --tail 20 "$container" >&2 || true
            return 1
        fi
        sleep 0.5
    done
}

# Those of a service that run, the oldest first.
running() {
    docker ps --quiet --no-trunc --filter "label=com.docker.compose.project=$PROJECT" \
        --filter "label=com.docker.compose.service=$1" --filter "label=com.docker.compose.oneoff=False" | tac
}

# Its output is shown only when it failed.
quietly() {
    local said
    if ! said=$("$@" 2>&1); then
        echo "$said" >&2
        return 1
    fi
}

# Beside each other.
replace_beside() {
    local service=$1 old fresh count
    mapfile -t old < <(running "$service")
    count=${#old[@]}
    for container in "${old[@]}"; do
        quietly docker compose up --detach --no-deps --no-recreate --scale "$service=$((count + 1))" "$service"
        fresh=$(running "$service" | tail -n 1)
        if ! await_ready "$fresh"; then
            docker rm --force "$fresh" >/dev/null
            return 1
        fi
        sleep $NAMES_SECONDS
        docker stop --time 20 "$container" >/dev/null
        local code
        code=$(docker inspect --format '{{.State.ExitCode}}' "$container")
        docker rm "$container" >/dev/null
        echo "$service: replaced; the old one ended with code $code"
    done
}

# One after the other.
replace_in_place() {
    quietly docker compose up --detach --no-deps --force-recreate "$1"
    await_ready "$(running "$1" | tail -n 1)"
    echo "$1: replaced"
}

PROJECT=$(docker compose config --format json | sed -n 's/^  "name": "\(.*\)",$/\1/p' | head -n 1)
if [ -z "$PROJECT" ]; then
    echo "docker compose does not say which project this is" >&2
    exit 2
fi
if [ $# -eq 0 ]; then set -- "${ALL[@]}"; fi
for service in "$@"; do
    if [ -z "$(running "$service")" ]; then
        echo "$service does not run: docker compose up -d $service" >&2
        exit 2
    fi
    if [ "$service" = mail ]; then replace_in_place mail; else replace_beside "$service"; fi
done
