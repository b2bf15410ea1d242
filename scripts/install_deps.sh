#!/bin/sh
# Installs the Debian 12 packages that building, running and testing need, and only those that are missing.
# Not CUDA and cuDNN: they are used where they are found. Run as root, or as a user who may use sudo. Arguments: more packages.
#
# The pin is the release: Debian 12 keeps every package below at one upstream version, with security fixes only, and
# cmake/Dependencies.cmake refuses an older one by name. (ocl-icd-opencl-dev: libdnnl-dev's CMake package looks for it.)
set -eu

packages="
  g++ make git cmake ninja-build pkg-config ccache
  libdnnl-dev ocl-icd-opencl-dev libhwy-dev
  libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libswresample-dev
  libstb-dev libexif-dev
  libcli11-dev libfmt-dev nlohmann-json3-dev
  libflatbuffers-dev flatbuffers-compiler flatbuffers-compiler-dev
  libssl-dev zlib1g-dev libsnappy-dev
  libboost-context-dev
  catch2 ffmpeg
  $*
"

fail() {
  echo "install_deps.sh: $1" >&2
  exit 1
}

release="an unknown system"
[ -r /etc/os-release ] && release=$(. /etc/os-release && echo "${ID:-unknown} ${VERSION_ID:-without a version}")
if [ "$release" != "debian 12" ]; then
  fail "this is $release, expected debian 12. Elsewhere, install the like of these packages yourself and say
'make DEPS=no demo':$(printf ' %s' $packages)"
fi

missing=""
for package in $packages; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || fail "not root, and there is no sudo; as root, run: apt-get install$missing"
  as_root=sudo
fi

echo "install_deps.sh: installing$missing"
$as_root apt-get -qq update || fail "apt-get update failed (see above): is the package registry reachable?"
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends $missing </dev/null >/dev/null ||
  fail "apt-get could not install$missing"
