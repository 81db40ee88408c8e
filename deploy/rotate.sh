#!/usr/bin/env bash
# Exchanges secrets of the running stack, all steps of each: docs/rotation.md tells what they are and who sees what.
#
#   deploy/rotate.sh NAME ...        from wherever each stands to its end; again after it was stopped
#   deploy/rotate.sh tell-broker     let RabbitMQ know exactly the users that the secrets name
#   deploy/rotate.sh tell-database   give PostgreSQL's superuser the password in the secrets
#   deploy/rotate.sh status          where each secret stands
#
# A secret that somebody outside has to know (an SMS gateway) is taken as far as it can be without them; run it again
# with --told when they use the new value. What an exchange takes away is kept for `tanggap secrets undo` until
# `docker compose run --rm secrets forget NAME`.
set -euo pipefail
cd "$(dirname "$0")/.."

TOLD=false

secrets() {
    docker compose --progress quiet run --rm --no-TTY secrets "$@"
}

secret_file() {
    docker compose --progress quiet run --rm --no-TTY --entrypoint cat secrets "/secrets/$1"
}

operate() {
    docker compose --progress quiet run --rm --no-deps --no-TTY operator "$@"
}

migrate() {
    docker compose --progress quiet run --rm --no-deps --no-TTY migrate migrate "$@"
}

tell_broker() {
    local definitions user
    definitions=$(secret_file rabbitmq_definitions.json)
    docker compose exec --no-TTY rabbitmq rabbitmqctl --quiet import_definitions <<<"$definitions"
    for user in {intake,router,notifier,desk}{,_2}; do
        if ! grep -q "\"name\": \"$user\"" <<<"$definitions"; then
            docker compose exec --no-TTY rabbitmq rabbitmqctl --quiet delete_user "$user" >/dev/null 2>&1 || true
        fi
    done
    echo "the broker knows the users that the secrets name"
}

tell_database() {
    local password
    password=$(secret_file postgres_password)
    docker compose exec --no-TTY postgres psql --username postgres --quiet --set ON_ERROR_STOP=1 \
        <<<"ALTER ROLE postgres PASSWORD '$password'"
    echo "the database's superuser has the password that the secrets name"
}

# What follows a step before the next one may be taken. Doing it twice harms nothing.
after() {
    local name=$1 kind=$2 stage=$3
    shift 3
    case "$kind:$stage:$name" in
        login:add:*_broker_url | login:retire:*_broker_url) tell_broker ;;
        login:use:*_database_url) migrate && deploy/replace.sh "$@" ;;
        login:use:*) deploy/replace.sh "$@" ;;
        login:retire:*_database_url) migrate --close-other-users ;;
        login:*) ;;
        password:use:admin_database_url) tell_database ;;
        password:use:*) tell_broker ;;
        password:*) ;;
        *) deploy/replace.sh "$@" ;;
    esac
}

# retire NAME KIND: with the proof that nothing is sealed with the old value, where it seals.
retire() {
    local proof=()
    if [ "$2" = sealing ]; then
        proof=(--resealed "$(operate reseal "$1" --json | sed -n 's/^  "proof": "\(.*\)"$/\1/p')")
    fi
    secrets retire "$1" "${proof[@]}"
}

exchange() {
    local name=$1 kind stage turn outside services
    while true; do
        IFS=$'\t' read -r _ kind stage turn outside services < <(secrets status --script "$name")
        if [ "$stage" != - ]; then
            # shellcheck disable=SC2086 # names of services, with blanks between
            after "$name" "$kind" "$stage" $services
        fi
        if [ "$turn" = - ]; then
            echo "$name is exchanged. When all is well: docker compose run --rm secrets forget $name"
            return
        fi
        if [ "$stage" != - ] && [ "$outside" = "$stage" ] && ! $TOLD; then
            secrets status "$name"
            echo "$name: when they use the new value, deploy/rotate.sh --told $name"
            return
        fi
        if [ "$turn" = retire ]; then retire "$name" "$kind"; else secrets "$turn" "$name"; fi
    done
}

if [ $# -eq 0 ]; then
    sed -n '2,12s/^# \{0,1\}//p' "$0"
    exit 2
fi
for asked in "$@"; do
    case "$asked" in
        --told) TOLD=true ;;
        tell-broker) tell_broker ;;
        tell-database) tell_database ;;
        status) secrets status ;;
        *) exchange "$asked" ;;
    esac
done
