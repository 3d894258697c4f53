# shellcheck shell=bash
# The servers that script/bench compares: how each is got, started and ended. Nothing is installed
# into the system; what is fetched stays in the cache.

RIVALS=$CACHE/rivals
RABBITMQ=$RIVALS/rabbitmq
# Of those that run: what to tell roomside-bench, and what to end. One word each.
SERVERS=""
PROCESSES=""

# Whatever cannot be had is left out, with one line that says why.
get_rival() {
    case $1 in
        axum | tcp) ;;
        node) get_node ;;
        spring) get_spring ;;
        rabbitmq) get_rabbitmq ;;
        *) die "script/bench knows no peer '$1': there are $ALL_PEERS." ;;
    esac
}

get_node() {
    { have node && have npm; } || { note "No Node with npm: stomp-broker-js is left out." && return 1; }
    mkdir -p "$RIVALS/node"
    cp crates/bench/peers/node/* "$RIVALS/node/"
    run_logged npm --prefix "$RIVALS/node" ci --no-audit --no-fund --ignore-scripts ||
        { note "npm could not fetch stomp-broker-js: it is left out." && return 1; }
}

get_spring() {
    { have java && have javac && have mvn; } || { note "No JDK with Maven: Spring is left out." && return 1; }
    run_logged mvn -q -B -f crates/bench/peers/spring/pom.xml -Dbuild.into="$RIVALS/spring" package ||
        { note "Maven could not build the Spring server: it is left out." && return 1; }
}

# An installed one would have to be stopped and set up anew; Debian's packages run from any folder
# as soon as Erlang is told which.
get_rabbitmq() {
    [ ! -e "$RABBITMQ/ready" ] || return 0
    { has_apt && have dpkg-deb; } || { note "No Debian: RabbitMQ is left out." && return 1; }
    say "Fetching Debian's RabbitMQ with Erlang (35 MB; nothing is installed)."
    rm -rf "$RABBITMQ" && mkdir -p "$RABBITMQ"
    if ! fetch_rabbitmq && may_be_root; then
        run_logged as_root apt-get -q update && fetch_rabbitmq
    fi
    [ -e "$RABBITMQ/ready" ] || { note "apt-get could not download it: RabbitMQ is left out." && return 1; }
}

fetch_rabbitmq() (
    cd "$RABBITMQ" || return
    packages=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
        --no-replaces --no-enhances rabbitmq-server 2>/dev/null | grep -E '^erlang-[a-z0-9-]+$' | sort -u)
    [ -n "$packages" ] || return
    # shellcheck disable=SC2086 # a list of words
    run_logged apt-get -q download rabbitmq-server $packages || return
    for package in *.deb; do dpkg-deb -x "$package" . || return; done
    rm -f ./*.deb
    sed -i "s#ROOTDIR=/usr/lib/erlang#ROOTDIR=$RABBITMQ/usr/lib/erlang#" usr/lib/erlang/bin/erl
    touch ready
)

# start_rival NAME FOLDER: begins to start it; its log is FOLDER/NAME.log.
start_rival() {
    local log=$2/$1.log
    case $1 in
        roomside)
            mkdir -p "$2/site/pkg" && touch "$2/site/pkg/roomside.js"
            # All come from one address here, and one session holds many subscriptions.
            launch "$log" "$BUILT/roomside" --listen 127.0.0.1:0 --site "$2/site" --data "$2/data" --log error \
                --max-sessions-per-address 100000
            ;;
        axum) launch "$log" "$BUILT/roomside-bench" floor websocket ;;
        tcp) launch "$log" "$BUILT/roomside-bench" floor tcp ;;
        node) launch "$log" node "$RIVALS/node/server.js" ;;
        spring)
            launch "$log" java -jar "$RIVALS/spring/peer.jar" --server.address=127.0.0.1 --server.port=0 \
                --server.tomcat.max-connections=20000 --logging.level.root=warn --spring.main.banner-mode=off
            ;;
        rabbitmq) start_rabbitmq "$2" "$log" ;;
    esac
}

launch() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null &
    LAUNCHED=$!
    PROCESSES="$LAUNCHED $PROCESSES"
}

start_rabbitmq() {
    local folder=$1 log=$2 erlang=$RABBITMQ/usr/lib/erlang home
    home=$(echo "$RABBITMQ"/usr/lib/rabbitmq/lib/rabbitmq_server-*)
    RABBITMQ_PORT=$(free_port)
    mkdir -p "$folder/rabbitmq"
    echo '[rabbitmq_web_stomp].' >"$folder/rabbitmq/plugins"
    cat >"$folder/rabbitmq/rabbitmq.conf" <<EOC
listeners.tcp = none
stomp.listeners.tcp = none
web_stomp.tcp.ip = 127.0.0.1
web_stomp.tcp.port = $RABBITMQ_PORT
EOC
    RABBITMQ_ENVIRONMENT=(
        HOME="$folder/rabbitmq" PATH="$erlang/bin:$PATH"
        ERL_EPMD_PORT="$(free_port)" ERL_EPMD_ADDRESS=127.0.0.1
        RABBITMQ_HOME="$home" RABBITMQ_NODENAME=bench@localhost RABBITMQ_DIST_PORT="$(free_port)"
        RABBITMQ_CONF_ENV_FILE="$folder/rabbitmq/none" RABBITMQ_CONFIG_FILE="$folder/rabbitmq/rabbitmq"
        RABBITMQ_ENABLED_PLUGINS_FILE="$folder/rabbitmq/plugins" RABBITMQ_PID_FILE="$folder/rabbitmq/pid"
        RABBITMQ_MNESIA_BASE="$folder/rabbitmq/mnesia" RABBITMQ_LOG_BASE="$folder/rabbitmq/log" RABBITMQ_LOGS=- ERL_CRASH_DUMP=/dev/null
    )
    # Erlang's port mapper would otherwise be started by it, as a daemon that outlives us.
    launch "$folder/epmd.log" env "${RABBITMQ_ENVIRONMENT[@]}" epmd
    launch "$log" env "${RABBITMQ_ENVIRONMENT[@]}" sh "$home/sbin/rabbitmq-server"
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 10000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# await_rival NAME FOLDER PID: waits until it listens, and adds it to SERVERS.
await_rival() {
    local log=$2/$1.log pid=$3 url="" tries=0
    while [ -z "$url" ]; do
        case $1 in
            rabbitmq) grep -q 'Server startup complete' "$log" && url=ws://127.0.0.1:$RABBITMQ_PORT/ws ;;
            *) url=$(sed -n 's/^listening on //p' "$log" | head -n 1) ;;
        esac
        tries=$((tries + 1))
        if [ "$tries" -gt 600 ] || ! kill -0 "$pid" 2>/dev/null; then
            tail -n 5 "$log" | sed 's/^/   | /' >&2
            [ "$1" != roomside ] || die "Roomside did not start; its last words are above."
            note "$1 did not start, and is left out; its last words are above." && return
        fi
        [ -n "$url" ] || sleep 0.1
    done
    case $1 in
        roomside) url=ws://${url#http://}/websc/websocket ;;
        axum) url=$url/ ;;
        # What was started is a shell; the node beside it is what works.
        rabbitmq) pid=$(cat "$2/rabbitmq/pid") && PROCESSES="$pid $PROCESSES" ;;
    esac
    SERVERS="$SERVERS $1=$url@$pid"
}

# Ends what was started, by process: kindly, and after ten seconds not.
stop_rivals() {
    local pid tries=0
    for pid in $PROCESSES; do kill "$pid" 2>/dev/null || true; done
    for pid in $PROCESSES; do
        while kill -0 "$pid" 2>/dev/null; do
            tries=$((tries + 1))
            [ "$tries" -le 100 ] || kill -KILL "$pid" 2>/dev/null || true
            sleep 0.1
        done
        wait "$pid" 2>/dev/null || true
    done
    PROCESSES="" SERVERS=""
}

# One line for each server: what it is, in which version.
describe_rival() {
    case $1 in
        axum) echo "bare axum: \`roomside-bench floor websocket\`, axum $(locked axum) with a task per client and a read buffer of 4 KiB; no STOMP, no disk." ;;
        tcp) echo "raw TCP: \`roomside-bench floor tcp\`, one thread that writes the same octets to one socket after the other; what comes together goes out together." ;;
        node) echo "stomp-broker-js $(sed -n 's/.*"stomp-broker-js": "\([0-9.]*\)".*/\1/p' crates/bench/peers/node/package.json) on Node $(version_of node --version)." ;;
        spring) echo "Spring Boot $(sed -n '/<parent>/,/<\/parent>/s/.*<version>\(.*\)<\/version>.*/\1/p' crates/bench/peers/spring/pom.xml) with its simple broker, messages kept in order, on Tomcat and Java $(java -version 2>&1 | head -n 1 | grep -oE '[0-9]+(\.[0-9]+)*' | head -n 1)." ;;
        rabbitmq) echo "RabbitMQ $(basename "$RABBITMQ"/usr/lib/rabbitmq/lib/rabbitmq_server-* | grep -oE '[0-9.]+$') of Debian with rabbitmq_web_stomp." ;;
    esac
}

# The version of a crate that Cargo.lock names first.
locked() { awk -v name="\"$1\"" '$1 == "name" && $3 == name { getline; gsub(/"/, "", $3); print $3; exit }' Cargo.lock; }
