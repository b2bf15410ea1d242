#!/usr/bin/env bash
# Gives the readers of weights_tools bytes of libFuzzer's making: builds the targets of tests/fuzz and runs them for SECONDS in
# all (60), from the seeds of tests/fuzz/corpus and from what earlier runs found worth keeping (build/fuzz/corpus). A finding
# fails; the file that shows it is kept in build/fuzz/findings. Where clang or its libFuzzer is missing, it says so and does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
case $seconds in
  "" | *[!0-9]*)
    echo "fuzz.sh: $seconds is no number of seconds (usage: scripts/fuzz.sh [SECONDS])" >&2
    exit 2
    ;;
esac

[ "${DEPS:-yes}" = no ] || scripts/install_deps.sh clang-14 libclang-rt-14-dev libomp-14-dev || true
works() {
  echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
    clang++-14 -x c++ - -fsanitize=fuzzer,address,undefined -fopenmp -o /dev/null 2>/dev/null
}
if ! works; then
  echo "fuzz.sh: skipped: no clang++-14 with libFuzzer here (packages clang-14 libclang-rt-14-dev libomp-14-dev)"
  exit 0
fi
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -j "$(nproc)"

export TMPDIR=$PWD/build/fuzz/tmp ASAN_OPTIONS=quarantine_size_mb=16:malloc_context_size=8 UBSAN_OPTIONS=print_stacktrace=1
rm -rf "$TMPDIR" build/fuzz/findings
mkdir -p "$TMPDIR" build/fuzz/findings

# run_one FORMAT SECONDS: one target; its last words, and all of its words if it found something.
run_one() {
  local format=$1 log=build/fuzz/$1.log dictionary=()
  [ ! -f "tests/fuzz/$format.dict" ] || dictionary=(-dict="tests/fuzz/$format.dict")
  mkdir -p "build/fuzz/corpus/$format"
  if build/fuzz/tests/fuzz/fuzz_"$format" "build/fuzz/corpus/$format" "tests/fuzz/corpus/$format" "${dictionary[@]}" \
    -max_total_time="$2" -max_len=16384 -timeout=5 -malloc_limit_mb=128 -rss_limit_mb=1024 \
    -artifact_prefix="build/fuzz/findings/$format-" -print_final_stats=1 >"$log" 2>&1; then
    printf '%-14s %s\n' "$format" "$(grep '^Done' "$log")"
  else
    cat "$log"
    printf '%-14s %s\n' "$format" "FOUND SOMETHING"
    return 1
  fi
}
export -f run_one

formats=(tests/fuzz/corpus/*)
formats=("${formats[@]##*/}")
each=$((seconds * $(nproc) / ${#formats[@]}))
if ! printf '%s\n' "${formats[@]}" | xargs -P "$(nproc)" -I{} bash -c "run_one {} $((each > 0 ? each : 1))"; then
  for file in build/fuzz/findings/*; do
    format=${file##*/}
    echo "fuzz.sh: found: $file (again: build/fuzz/tests/fuzz/fuzz_${format%%-*} $file)" >&2
  done
  exit 1
fi
echo "fuzz.sh: ${#formats[@]} targets, nothing found"
