#!/bin/sh
# Makes four_up.png: the sample picture, its matte, the painted cut-out and the result, as `stylize --view 4up` puts them together.
set -eu
cd "$(dirname "$0")/../.."
"${STYLIZE:-build/release/apps/stylize/stylize}" apps/stylize/sample/sample.png docs/figures/four_up.png -y -q --view 4up
