#!/usr/bin/env bash
# Installs the Debian packages that are missing on a Debian 12 (bookworm) or 13 (trixie) machine.
# usage: deploy/install.sh [run] [broker] [test] [lint]     which sets; without any: run
#   run     build the program and start the hub        broker  Java and Maven, for Kafka's broker
#   test    what the tests use beside both of these    lint    formatting and static checks
# Asks dpkg first: when nothing is missing it changes nothing and needs neither root nor a network.
set -euo pipefail

fail() {
  echo "deploy/install.sh: $*" >&2
  exit 1
}

suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release 2>/dev/null || true)
case $suite in
  bookworm) boost=libboost1.81-dev ;; # bookworm's default, 1.74, is too old.
  *) boost=libboost1.83-dev ;;
esac

run=(
  build-essential cmake ninja-build ccache mold pkg-config protobuf-compiler protobuf-compiler-grpc
  libprotobuf-dev libgrpc++-dev libabsl-dev librdkafka-dev librocksdb-dev "$boost" libpugixml-dev
  libtomlplusplus-dev libcli11-dev libspdlog-dev libxlsxwriter-dev libcairo2-dev fonts-dejavu-core libcurl4-openssl-dev prometheus-cpp-dev libssl-dev
  libmimalloc-dev
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev python3 python3-aiosmtpd tzdata
)
broker=(default-jre-headless maven)
test=(
  "${run[@]}" "${broker[@]}" ca-certificates chromium chromium-driver curl kcat
  libxml2-utils poppler-utils procps python3-cryptography python3-jwt python3-openpyxl python3-selenium python3-yaml
)
lint=("${run[@]}" clang-format clang-tidy git shellcheck)

wanted=()
[ $# -gt 0 ] || set -- run
for name in "$@"; do
  case $name in
    run) wanted+=("${run[@]}") ;;
    broker) wanted+=("${broker[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    lint) wanted+=("${lint[@]}") ;;
    *) fail "no such set of packages: $name (there are: run broker test lint)" ;;
  esac
done

case $suite in
  bookworm | trixie) ;;
  *) fail "this is not Debian 12 or 13. Install what corresponds to these packages yourself, then" \
    "call make with INSTALL=true: $(printf '%s\n' "${wanted[@]}" | sort -u | tr '\n' ' ')" ;;
esac

installed=$(dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null |
  sed -n 's/ installed$//p' || true)
mapfile -t missing < <(comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) <(sort -u <<<"$installed"))
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null ||
    fail "packages are missing and this is not root; as root: apt-get install ${missing[*]}"
  as_root=(sudo)
fi

echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
log=$(mktemp)
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 \
    -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1 || {
    tail -n 30 "$log" >&2
    fail "apt-get $1 failed; its last lines are above, all of it in $log"
  }
}
apt update
apt install --no-install-recommends "${missing[@]}"
rm -f "$log"
