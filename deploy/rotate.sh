#!/usr/bin/env bash
# Exchanges secrets of the running stack, all steps of each: docs/rotation.md tells what they are and who sees what.
#
#   deploy/rotate.sh NAME ...        from wherever each stands to its end, in common rounds; again after it was stopped
#   deploy/rotate.sh tell-broker     let RabbitMQ know exactly the users that the secrets name
#   deploy/rotate.sh tell-database   give PostgreSQL's superuser the password in the secrets
#   deploy/rotate.sh status          where each secret stands
#
# Where something has to happen outside (an SMS gateway has to change, sessions have to end) it stops and says so; call it
# again with --on when that is so. What an exchange takes away is kept for `tanggap secrets undo` until
# `docker compose run --rm secrets forget NAME`.
set -euo pipefail
cd "$(dirname "$0")/.."

ON=false
# By a file in the container's memory: of what it is given by a pipe rabbitmqctl never sees the end.
# shellcheck disable=SC2016 # the shell over there is to read it
IMPORT='umask 077; file=$(mktemp); trap "rm -f $file" EXIT; cat >"$file"
    rabbitmqctl --quiet import_definitions "$file" </dev/null'

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
    docker compose exec --no-TTY rabbitmq sh -c "$IMPORT" <<<"$definitions"
    for user in {intake,router,notifier,desk}{,_2}; do
        if ! grep -q "\"name\": \"$user\"" <<<"$definitions"; then
            docker compose exec --no-TTY rabbitmq rabbitmqctl --quiet delete_user "$user" </dev/null >/dev/null 2>&1 || true
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

# What a server is told after a step, in a word; nothing where it is told nothing.
told_after() {
    case "$1:$2:$3" in
        login:add:*_broker_url | login:retire:*_broker_url) echo tell_broker ;;
        login:use:*_database_url) echo migrate ;;
        login:retire:*_database_url) echo close_users ;;
        password:use:admin_database_url) echo tell_database ;;
        password:use:*) echo tell_broker ;;
    esac
}

close_users() {
    migrate --close-other-users
}

# Whether who uses a secret has to know of a step: not of a second user before it is used, or after.
is_taken_up() {
    case "$1:$2" in
        login:use) true ;;
        login:* | password:*) false ;;
        *) true ;;
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

# Of all names together: what follows the steps that they have taken, which harms nothing when it is done twice, then the
# next step of each.
exchange() {
    local names=("$@") name kind stage turn pause services left lines
    while [ ${#names[@]} -gt 0 ]; do
        lines=$(secrets status --script "${names[@]}")
        follow "$lines"
        left=()
        while IFS=$'\t' read -r name kind stage turn pause services <&3; do
            if [ "$turn" = - ]; then
                echo "$name is exchanged. When all is well: docker compose run --rm secrets forget $name"
            elif [ "$stage" != - ] && [ "$pause" = "$stage" ] && ! $ON; then
                secrets status "$name"
                echo "$name: when that is so, deploy/rotate.sh --on $name"
            else
                if [ "$turn" = retire ]; then retire "$name" "$kind"; else secrets "$turn" "$name"; fi
                left+=("$name")
            fi
        done 3<<<"$lines"
        names=("${left[@]}")
    done
}

follow() {
    local name kind stage services one concerned=""
    local -A telling=()
    while IFS=$'\t' read -r name kind stage _ _ services; do
        if [ "$stage" = - ]; then continue; fi
        one=$(told_after "$kind" "$stage" "$name")
        if [ -n "$one" ]; then telling[$one]=1; fi
        if is_taken_up "$kind" "$stage"; then concerned+=" $services"; fi
    done <<<"$1"
    for one in tell_broker migrate tell_database close_users; do
        if [ -n "${telling[$one]:-}" ]; then $one; fi
    done
    local replaced=()
    for one in intake mail router notifier desk; do
        case " $concerned " in *" $one "*) replaced+=("$one") ;; esac
    done
    if [ ${#replaced[@]} -gt 0 ]; then deploy/replace.sh "${replaced[@]}"; fi
}

if [ $# -eq 0 ]; then
    sed -n '2,10s/^# \{0,1\}//p' "$0"
    exit 2
fi
NAMES=()
for asked in "$@"; do
    case "$asked" in
        --on) ON=true ;;
        tell-broker) tell_broker ;;
        tell-database) tell_database ;;
        status) secrets status ;;
        *) NAMES+=("$asked") ;;
    esac
done
if [ ${#NAMES[@]} -gt 0 ]; then exchange "${NAMES[@]}"; fi
